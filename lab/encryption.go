package lab

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
)

// aes128 is the one encryption there is: whole segments, AES-128-CBC with PKCS7
// padding (RFC 8216 section 4.3.2.4). No IV is written, so it is the media
// sequence number, which in this lab is the segment's number. Media
// initialization segments stay clear: EXT-X-MAP stands before the first EXT-X-KEY.
const aes128 = "aes-128"

// vault makes content keys out of the lab's secret. Nothing is stored.
type vault struct {
	secret string
	each   int64 // segments a key; 0: one for all
}

// newVault is nil when nothing is encrypted.
func newVault(cfg Config, secret string) *vault {
	if cfg.Encryption == "" {
		return nil
	}
	return &vault{secret: secret, each: int64(cfg.KeyRotation)}
}

// number is which key a segment needs.
func (v *vault) number(segment int64) int64 {
	if v.each == 0 {
		return 0
	}
	return segment / v.each
}

func (v *vault) key(n int64) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "content key %d of %s", n, v.secret))
	return sum[:aes.BlockSize]
}

// sealed is the size of what size bytes become: PKCS7 adds 1 to 16 bytes.
func sealed(size int64) int64 { return size + aes.BlockSize - size%aes.BlockSize }

// seal is a writer that encrypts segment n on its way to p.
func (v *vault) seal(n int64, p *part) (*sealer, error) {
	block, err := aes.NewCipher(v.key(v.number(n)))
	if err != nil {
		return nil, err
	}
	var iv [aes.BlockSize]byte
	for i := range 8 {
		iv[aes.BlockSize-1-i] = byte(n >> (8 * i))
	}
	return &sealer{mode: cipher.NewCBCEncrypter(block, iv[:]), out: p}, nil
}

type sealer struct {
	mode cipher.BlockMode
	out  *part
	buf  [4 << 10]byte
	n    int
}

func (s *sealer) Write(b []byte) (int, error) {
	taken := len(b)
	for len(b) > 0 {
		k := copy(s.buf[s.n:], b)
		s.n, b = s.n+k, b[k:]
		if s.n == len(s.buf) {
			s.flush()
		}
	}
	return taken, s.out.err
}

// close pads and writes the rest; the buffer is never full here.
func (s *sealer) close() {
	padding := aes.BlockSize - s.n%aes.BlockSize
	for range padding {
		s.buf[s.n] = byte(padding)
		s.n++
	}
	s.flush()
}

func (s *sealer) flush() {
	s.mode.CryptBlocks(s.buf[:s.n], s.buf[:s.n])
	s.out.write(s.buf[:s.n])
	s.n = 0
}

// keyFolder is where keys stand under the token, beside the renditions: one key
// serves all of them. Playlists name it relative to themselves, so that a key's
// URL carries the token under which the playlist was fetched.
const keyFolder = "keys"

// Where licences and the certificate of their server stand behind a token, and what
// they hold: nothing of use, as much of it as Widevine's hold.
const (
	licenseFile     = "license"
	certificateFile = "certificate"
	licenseBytes    = 700
)

// appendKey writes EXT-X-KEY where segment n, in a playlist that begins with
// first, needs another key than the one before. Subtitles stay clear.
func (o *origin) appendKey(b []byte, r *rendition, n, first int64) []byte {
	if o.keys == nil || r.subtitle != nil || n > first && o.keys.number(n) == o.keys.number(n-1) {
		return b
	}
	b = append(b, "#EXT-X-KEY:METHOD=AES-128,URI=\"../"+keyFolder+"/"...)
	b = strconv.AppendInt(b, o.keys.number(n), 10)
	return append(b, ".key\"\n"...)
}

// keyNumber reads "7.key".
func keyNumber(file string) (int64, bool) {
	digits, ok := strings.CutSuffix(file, ".key")
	if !ok {
		return 0, false
	}
	return canonical(digits)
}

// clearMark is what DASH puts before the number of a segment where HLS has it
// encrypted: the MPD lists the same media unencrypted.
const clearMark = "clear-"
