package lab

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/token"
)

// unseal decrypts as RFC 8216 section 4.3.2.4 says: no IV attribute, so the media
// sequence number is the IV.
func unseal(t *testing.T, key, sealed []byte, sequence uint64) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		t.Fatalf("%d bytes are no whole number of blocks", len(sealed))
	}
	iv := binary.BigEndian.AppendUint64(make([]byte, 8), sequence)
	clear := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(clear, sealed)
	padding := int(clear[len(clear)-1])
	if padding < 1 || padding > aes.BlockSize {
		t.Fatalf("padding of %d bytes", padding)
	}
	for _, b := range clear[len(clear)-padding:] {
		if int(b) != padding {
			t.Fatalf("padding %v", clear[len(clear)-padding:])
		}
	}
	return clear[:len(clear)-padding]
}

func TestEncryptedMedia(t *testing.T) {
	cfg := Config{Encryption: aes128, KeyRotation: 3, Length: 15 * time.Second}
	l, plain := lab(t, cfg), lab(t, Config{Length: 15 * time.Second})
	for _, row := range []struct {
		kind   token.Kind
		folder string
		number uint64
		why    string
	}{
		{token.Live, "v1", 849_999_999, "100 000 bytes are a multiple of 16: a whole block of padding"},
		{token.Live, "v3", 849_999_997, "a large segment goes through the buffer many times"},
		{token.Live, "a1", 849_999_998, "audio has the key of the video beside it"},
		{token.VOD, "v2", 7, "the last segment of a VOD is shorter"},
		{token.VOD, "v2", 0, "the IV of segment 0 is 0"},
	} {
		get := func(l *Lab, file string, rng string) Answer {
			a := l.Edge(Request{Path: signed(l, row.kind, row.kind.String(), file), Range: rng}, moment)
			if a.Status >= 400 || int64(len(a.Body())) != a.Size {
				t.Fatalf("%s (%s): %d %s, %d of %d bytes", file, row.why, a.Status, a.Reason, len(a.Body()), a.Size)
			}
			return a
		}
		file := fmt.Sprintf("%s/%d.m4s", row.folder, row.number)
		want := get(plain, file, "").Body()
		key := get(l, fmt.Sprintf("keys/%d.key", row.number/3), "")
		if key.ContentType != "application/octet-stream" || key.Size != 16 {
			t.Errorf("key: %s of %d bytes", key.ContentType, key.Size)
		}
		whole := get(l, file, "").Body()
		if got := unseal(t, key.Body(), whole, row.number); !bytes.Equal(got, want) {
			t.Errorf("%s (%s): decrypted it differs from the clear segment", file, row.why)
		}
		if part := get(l, file, "bytes=4090-4200").Body(); !bytes.Equal(part, whole[4090:4201]) {
			t.Errorf("%s (%s): a range differs from the whole's bytes", file, row.why)
		}
		clear := fmt.Sprintf("%s/clear-%d.m4s", row.folder, row.number)
		if got := get(l, clear, "").Body(); !bytes.Equal(got, want) {
			t.Errorf("%s (%s): DASH's media differ from the clear segment", clear, row.why)
		}
		if init := get(l, row.folder+"/init.mp4", ""); !bytes.Equal(init.Body(), get(plain, row.folder+"/init.mp4", "").Body()) {
			t.Errorf("%s (%s): the init segment is not clear", file, row.why)
		}
	}
}

func TestKeys(t *testing.T) {
	get := func(l *Lab, kind token.Kind, file string) Answer {
		return l.Edge(Request{Path: signed(l, kind, kind.String(), file)}, moment)
	}
	rotating := lab(t, Config{Encryption: aes128, KeyRotation: 10, Length: time.Minute})
	for _, row := range []struct {
		kind   token.Kind
		file   string
		status int
		why    string
	}{
		{token.Live, "keys/84999999.key", 200, "of the newest segment, 849999999"},
		{token.Live, "keys/85000000.key", 404, "of segments to come: not given away early"},
		{token.Live, "keys/84999998.key", 200, "of the oldest segment that can be fetched, 849999987"},
		{token.Live, "keys/84999997.key", 404, "its segments are gone"},
		{token.VOD, "keys/2.key", 200, "of the last ten of 30 segments"},
		{token.VOD, "keys/3.key", 404, "beyond the end"},
		{token.VOD, "keys/02.key", 404, "a leading zero: one key has one URL"},
		{token.VOD, "keys/1.m4s", 404, "not a key"},
	} {
		if a := get(rotating, row.kind, row.file); a.Status != row.status {
			t.Errorf("%v %s (%s) = %d, want %d", row.kind, row.file, row.why, a.Status, row.status)
		}
	}
	one := lab(t, Config{Encryption: aes128})
	first := get(rotating, token.VOD, "keys/0.key").Body()
	if second := get(rotating, token.VOD, "keys/1.key").Body(); bytes.Equal(first, second) {
		t.Error("keys 0 and 1 are the same")
	}
	if a := get(one, token.Live, "keys/0.key"); a.Status != 200 || !bytes.Equal(a.Body(), first) {
		t.Errorf("without rotation key 0 serves live too: %d", a.Status)
	}
	if a := get(lab(t, Config{}), token.Live, "keys/0.key"); a.Status != 404 {
		t.Errorf("a key where nothing is encrypted: %d, want 404", a.Status)
	}
	if a := get(lab(t, Config{}), token.Live, "v1/clear-849999999.m4s"); a.Status != 404 {
		t.Errorf("clear media where nothing is encrypted: %d, want 404", a.Status)
	}
}

// A playlist names a key at its first segment and wherever the key changes.
func TestKeyTags(t *testing.T) {
	for _, row := range []struct {
		rotation int
		kind     token.Kind
		want     string
	}{
		{0, token.Live, "MAP K0 94 95 96 97 98 99"},
		{2, token.Live, "MAP K424999997 94 95 K424999998 96 97 K424999999 98 99"},
		{4, token.Live, "MAP K212499998 94 95 K212499999 96 97 98 99"},
		{3, token.VOD, "MAP K0 0 1 2 K1 3 4"},
	} {
		l := lab(t, Config{Encryption: aes128, KeyRotation: row.rotation, Length: 10 * time.Second})
		a := l.Edge(Request{Path: signed(l, row.kind, row.kind.String(), "v1/index.m3u8")}, moment)
		var got []string
		for line := range strings.Lines(string(a.Body())) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "#EXT-X-MAP") {
				got = append(got, "MAP")
			}
			if rest, ok := strings.CutPrefix(line, `#EXT-X-KEY:METHOD=AES-128,URI="../keys/`); ok {
				got = append(got, "K"+strings.TrimSuffix(rest, `.key"`))
			}
			if n, ok := strings.CutSuffix(line, ".m4s"); ok {
				got = append(got, strings.TrimPrefix(n, "8499999"))
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%v, %d segments a key: %s, want %s", row.kind, row.rotation, s, row.want)
		}
	}
}

// BenchmarkEncrypted is what encryption adds: nothing to a segment that is only
// counted, one pass of AES to one that is written.
func BenchmarkEncrypted(b *testing.B) {
	l := lab(b, Config{Encryption: aes128})
	r := Request{Path: signed(l, token.Live, "live", "v3/849999999.m4s")}
	b.Run("counted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Edge(r, moment)
		}
	})
	b.Run("written", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = l.Edge(r, moment).Body()
		}
	})
}
