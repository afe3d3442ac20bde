package lab

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"soak/token"
)

// lab makes a lab at moment, its secret fixed so that tokens can be written down.
func lab(t testing.TB, cfg Config) *Lab {
	t.Helper()
	cfg.Secret = "test"
	l, err := New(cfg, 1, moment)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// An answer is a function of URL and now. Segment 850000000 covers the 2 s from
// moment on. "good" and "ip" stand for tokens that expire an hour after moment.
func TestEdgeAnswers(t *testing.T) {
	l := lab(t, Config{})
	expires := moment.Unix() + 3600
	good := fmt.Sprintf("%s/%d", l.signer.Sign("live", expires, ""), expires)
	vod := fmt.Sprintf("%s/%d", l.signer.Sign("vod", expires, ""), expires)
	other := fmt.Sprintf("%s/%d", l.signer.Sign("other", expires, ""), expires)
	bound := fmt.Sprintf("%s/%d", l.signer.Sign("live", expires, "10.0.0.7"), expires)
	fill := strings.NewReplacer("{good}", good, "{vod}", vod, "{other}", other, "{ip}", bound, "{expires}", fmt.Sprint(expires)).Replace

	for _, row := range []struct {
		edge   Edge
		url    string
		after  string // time since moment
		status int
		bytes  int64 // 0: not looked at
		why    string
	}{
		{Plain, "/cmaf/2675_live/{good}/master.m3u8", "0s", 200, 0, "a good token"},
		{Plain, "/cmaf/2675_live/{good}/index.mpd", "0s", 200, 0, "one token covers HLS and DASH"},
		{Plain, "/videos/2675_vod/{vod}/master.m3u8", "0s", 200, 0, "VOD stands under /videos/"},
		{Plain, "/videos/2675_vod/{vod}/index.mpd", "0s", 200, 0, "VOD as DASH"},

		{Plain, "/cmaf/2675_live/{good}/master.m3u8", "3600.999s", 200, 0, "nginx compares whole seconds: good through the second of expiry"},
		{Plain, "/cmaf/2675_live/{good}/master.m3u8", "3601s", 410, 0, "expired"},
		{Plain, "/cmaf/2675_live/nonsense/{expires}/master.m3u8", "0s", 403, 0, "wrong hash"},
		{Plain, "/cmaf/2675_live/nonsense/1600000000/master.m3u8", "0s", 403, 0, "wrong hash and expired: the hash is looked at first"},
		{Plain, "/cmaf/2675_live/{vod}/master.m3u8", "0s", 403, 0, "the token of another video"},
		{Plain, "/cmaf/2676_live/{good}/master.m3u8", "0s", 403, 0, "the token of another account"},
		{Plain, "/cmaf/2675_live/{ip}/master.m3u8", "0s", 403, 0, "an IP-bound token on the plain edge"},
		{IPBound, "/cmaf/2675_live/{good}/master.m3u8", "0s", 403, 0, "a plain token on the IP-bound edge"},
		{IPBound, "/cmaf/2675_live/{ip}/master.m3u8", "0s", 200, 0, "an IP-bound token from its address"},
		{Plain, "/cmaf/2675_other/nonsense/{expires}/master.m3u8", "0s", 403, 0, "an unknown video is not given away without a token"},
		{Plain, "/cmaf/2675_other/{other}/master.m3u8", "0s", 404, 0, "an unknown video with a good token"},
		{Plain, "/videos/2675_live/{good}/master.m3u8", "0s", 404, 0, "the token holds, but live is not under /videos/"},
		{Plain, "/cmaf/2675_live/{good}/nothing.m3u8", "0s", 404, 0, "an unknown file"},
		{Plain, "/cmaf/2675_live/{good}/v9/index.m3u8", "0s", 404, 0, "an unknown rendition"},
		{Plain, "/cmaf/2675_live/{good}/v1/", "0s", 404, 0, "a folder"},
		{Plain, "/cmaf/2675_live/{good}/v1/0850000.m4s", "0s", 404, 0, "a leading zero: one segment has one URL"},
		{Plain, "/cmaf/2675_live/{good}/v1/-1.m4s", "0s", 404, 0, "a negative number"},
		{Plain, "/cmaf/2675_live/{good}/v1/99999999999999999999.m4s", "0s", 404, 0, "a number beyond 64 bits"},
		{Plain, "/", "0s", 404, 0, "nothing protected there"},
		{Plain, "/cmaf/2675_live", "0s", 404, 0, "half a path"},
		{Plain, "/time", "0s", 200, 24, "the clock is for anyone: 2023-11-14T22:13:20.000Z"},

		{Plain, "/cmaf/2675_live/{good}/v1/849999999.m4s", "0s", 200, 100_000, "the last complete segment: 400 kbit/s for 2 s"},
		{Plain, "/cmaf/2675_live/{good}/v2/849999999.m4s", "0s", 200, 300_000, "1200 kbit/s for 2 s"},
		{Plain, "/cmaf/2675_live/{good}/v3/849999999.m4s", "0s", 200, 750_000, "3000 kbit/s for 2 s"},
		{Plain, "/cmaf/2675_live/{good}/a1/849999998.m4s", "0s", 200, 23_808, "96 kbit/s for 93 AAC frames"},
		{Plain, "/cmaf/2675_live/{good}/a1/850000000.m4s", "2s", 200, 24_064, "96 kbit/s for 94 AAC frames"},
		{Plain, "/cmaf/2675_live/{good}/v1/850000000.m4s", "1.999s", 404, 0, "not complete yet"},
		{Plain, "/cmaf/2675_live/{good}/v1/850000000.m4s", "2s", 200, 0, "complete"},
		{Plain, "/cmaf/2675_live/{good}/v1/849999987.m4s", "0s", 200, 0, "out of the playlist for one playlist and a segment: still there"},
		{Plain, "/cmaf/2675_live/{good}/v1/849999986.m4s", "0s", 404, 0, "gone"},
		{Plain, "/videos/2675_vod/{vod}/v1/0.m4s", "0s", 200, 100_000, "the first segment of a VOD"},
		{Plain, "/videos/2675_vod/{vod}/v1/299.m4s", "0s", 200, 100_000, "the last of ten minutes"},
		{Plain, "/videos/2675_vod/{vod}/v1/300.m4s", "0s", 404, 0, "beyond the end"},
	} {
		after, err := time.ParseDuration(row.after)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{Edge: row.edge, Path: fill(row.url), ClientIP: "10.0.0.7"}
		a := l.Edge(r, moment.Add(after))
		if a.Status != row.status || row.bytes != 0 && a.Size != row.bytes {
			t.Errorf("%s (%s) at +%s = %d, %d bytes, %q; want %d, %d bytes", row.url, row.why, row.after, a.Status, a.Size, a.Reason, row.status, row.bytes)
		}
		if got := int64(len(a.Body())); got != a.Size {
			t.Errorf("%s: size %d announced, %d written", row.url, a.Size, got)
		}
		if (a.Reason == "") != (a.Status == 200) {
			t.Errorf("%s: %d with reason %q", row.url, a.Status, a.Reason)
		}
		if strings.Contains(a.Reason+string(a.Body()), l.signer.Sign("live", expires, "")) {
			t.Errorf("%s: a token in the answer", row.url)
		}
	}
}

// The strict edge gives no part of the second of expiry away.
func TestStrictBoundary(t *testing.T) {
	l := lab(t, Config{Boundary: token.Strict})
	r := Request{Path: signed(l, token.Live, "live", "master.m3u8")}
	for after, want := range map[time.Duration]int{3599 * time.Second: 200, 3600 * time.Second: 410} {
		if a := l.Edge(r, moment.Add(after)); a.Status != want {
			t.Errorf("%v after signing for 1h: %d, want %d", after, a.Status, want)
		}
	}
}

// An edge whose clock is wrong, or that is lenient, judges at another time and
// says so in its Date.
func TestEdgeClock(t *testing.T) {
	for _, row := range []struct {
		cfg  Config
		last time.Duration // after moment, when tokens of an hour are good
		why  string
	}{
		{Config{}, 3600 * time.Second, "the second of expiry is given away"},
		{Config{Boundary: token.Strict}, 3599 * time.Second, "strict"},
		{Config{EdgeSkew: 5 * time.Second}, 3595 * time.Second, "the edge's clock is ahead"},
		{Config{EdgeSkew: -5 * time.Second}, 3605 * time.Second, "the edge's clock is behind"},
		{Config{Grace: 3 * time.Second}, 3603 * time.Second, "lenient"},
		{Config{Grace: 3 * time.Second, EdgeSkew: 3 * time.Second, Boundary: token.Strict}, 3599 * time.Second, "lenient by what its clock is ahead"},
	} {
		row.cfg.CutAtExpiry = true
		l := lab(t, row.cfg)
		r := Request{Path: signed(l, token.VOD, "vod", "v1/3.m4s")}
		good, dead := l.Edge(r, moment.Add(row.last)), l.Edge(r, moment.Add(row.last+time.Second))
		if good.Status != 200 || dead.Status != 410 {
			t.Errorf("%s: %d at +%v, then %d; want 200, then 410", row.why, good.Status, row.last, dead.Status)
		}
		if !good.Until.Equal(moment.Add(row.last + time.Second)) {
			t.Errorf("%s: transfers end at +%v; want when requests are refused", row.why, good.Until.Sub(moment))
		}
		for _, a := range []Answer{good, dead} {
			if off := a.Date.Sub(moment.Add(row.last)); off != row.cfg.EdgeSkew && off != row.cfg.EdgeSkew+time.Second {
				t.Errorf("%s: Date is %v off; want %v", row.why, off, row.cfg.EdgeSkew)
			}
		}
		clock := l.Edge(Request{Path: "/time"}, moment)
		if want := moment.Add(row.cfg.EdgeSkew).UTC().Format(dateTime); string(clock.Body()) != want {
			t.Errorf("%s: /time says %s; want %s", row.why, clock.Body(), want)
		}
	}
}

func TestRanges(t *testing.T) {
	l := lab(t, Config{})
	path := signed(l, token.Live, "live", "v1/849999999.m4s")
	whole := l.Edge(Request{Path: path}, moment).Body()
	for _, row := range []struct {
		header   string
		status   int
		from, to int
		content  string
		why      string
	}{
		{"bytes=0-99", 206, 0, 100, "bytes 0-99/100000", "the start: styp and padding"},
		{"bytes=99000-", 206, 99_000, 100_000, "bytes 99000-99999/100000", "to the end"},
		{"bytes=-500", 206, 99_500, 100_000, "bytes 99500-99999/100000", "the last bytes"},
		{"bytes=-200000", 206, 0, 100_000, "bytes 0-99999/100000", "more last bytes than there are"},
		{"bytes=0-999999", 206, 0, 100_000, "bytes 0-99999/100000", "an end beyond the end is cut"},
		{"bytes=85000-85000", 206, 85_000, 85_001, "bytes 85000-85000/100000", "one byte in the middle"},
		{"bytes=100000-", 416, 0, 0, "bytes */100000", "begins beyond the end"},
		{"bytes=100000-100010", 416, 0, 0, "bytes */100000", "lies beyond the end"},
		{"bytes=-0", 416, 0, 0, "bytes */100000", "no bytes at all"},
		{"bytes=5-2", 200, 0, 100_000, "", "backwards: not a range, ignored"},
		{"bytes=0-1,5-6", 200, 0, 100_000, "", "two ranges are answered with the whole, as the RFC allows"},
		{"lines=0-1", 200, 0, 100_000, "", "not bytes"},
		{"bytes=", 200, 0, 100_000, "", "nothing"},
		{"bytes=+1-2", 200, 0, 100_000, "", "a sign is no digit"},
	} {
		a := l.Edge(Request{Path: path, Range: row.header}, moment)
		content := ""
		if len(a.Header) > 0 {
			content = a.Header[0].Value
		}
		if a.Status != row.status || content != row.content {
			t.Errorf("%s (%s) = %d %q, want %d %q", row.header, row.why, a.Status, content, row.status, row.content)
		}
		if body := a.Body(); row.status != 416 && !bytes.Equal(body, whole[row.from:row.to]) {
			t.Errorf("%s: %d bytes differ from the whole's %d to %d", row.header, len(body), row.from, row.to)
		}
	}
	mpd := l.Edge(Request{Path: signed(l, token.Live, "live", "index.mpd"), Range: "bytes=0-4"}, moment)
	if mpd.Status != 206 || string(mpd.Body()) != "<?xml" {
		t.Errorf("range of an MPD = %d %q, want 206 <?xml", mpd.Status, mpd.Body())
	}
}

// A segment says where it belongs: sequence number, decode time, a key frame
// first, and padding that no player minds.
func TestSegmentBoxes(t *testing.T) {
	l := lab(t, Config{})
	for _, row := range []struct {
		file     string
		tfdt     uint64
		seq      uint32
		frames   int
		firstKey bool
	}{
		{"v1/849999999.m4s", 1_699_999_998 * 90_000, 850_000_000, 50, true},
		{"v3/849999998.m4s", 1_699_999_996 * 90_000, 849_999_999, 50, true},
		// 1 699 999 998 s is 79 687 499 906.25 frames of AAC.
		{"a1/849999999.m4s", 79_687_499_906 * 1024, 850_000_000, 94, true},
	} {
		body := l.Edge(Request{Path: signed(l, token.Live, "live", row.file)}, moment).Body()
		file, err := mp4.DecodeFile(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v", row.file, err)
		}
		var order []string
		for _, box := range file.Children {
			order = append(order, box.Type())
		}
		if got := strings.Join(order, " "); got != "styp free moof mdat" {
			t.Errorf("%s: boxes %s", row.file, got)
		}
		fragment := file.Segments[0].Fragments[0]
		samples, err := fragment.GetFullSamples(nil)
		if err != nil {
			t.Fatalf("%s: %v", row.file, err)
		}
		tfdt := fragment.Moof.Traf.Tfdt
		if got := tfdt.BaseMediaDecodeTime(); got != row.tfdt || tfdt.Version != 1 {
			t.Errorf("%s: tfdt %d version %d, want %d version 1", row.file, got, tfdt.Version, row.tfdt)
		}
		if got := fragment.Moof.Mfhd.SequenceNumber; got != row.seq {
			t.Errorf("%s: sequence number %d, want %d", row.file, got, row.seq)
		}
		if len(samples) != row.frames || samples[0].IsSync() != row.firstKey {
			t.Errorf("%s: %d frames, key frame first: %v; want %d, %v", row.file, len(samples), samples[0].IsSync(), row.frames, row.firstKey)
		}
	}
}

// The sizes of all segments that end at the same second add up to the bit rate:
// audio lengths waver by a frame but never drift.
func TestSizesKeepTheBitrate(t *testing.T) {
	l := lab(t, Config{Segment: 3 * time.Second})
	for _, r := range l.origin.byID {
		var sum int64
		const hour, first = 1200, 566_666_000
		for n := int64(first); n < first+hour; n++ {
			s := r.segment(n, true)
			sum += s.size
		}
		want := r.bitrate * 3600 / 8
		if diff := sum - want; max(diff, -diff) > hour {
			t.Errorf("%s: an hour has %d bytes, want %d give or take one a segment", r.id, sum, want)
		}
	}
}
