package token

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Verdicts of an edge on a grant. An edge answers 403 for ErrBadHash and 410 for
// ErrExpired, and looks at the hash first: an expired grant with a wrong hash is
// 403 (observed on nginx secure_link).
var (
	ErrBadHash = errors.New("token does not match the path, the expiry or the address")
	ErrExpired = errors.New("token has expired")
)

// Signer makes and judges tokens. It holds the secret that token backend and edge
// share, so it never leaves the server's side.
type Signer struct {
	Client string // account number, first part of the path's {client}_{video}
	Secret string
}

// Sign makes the token for a video: base64url without padding of
// md5("{client}_{video}_{secret}_{expires}_{ip}"). An empty ip makes a plain
// token, good from any address.
func (s Signer) Sign(video string, expires int64, ip string) string {
	var out [22]byte
	s.sign(&out, video, expires, ip)
	return string(out[:])
}

func (s Signer) sign(out *[22]byte, video string, expires int64, ip string) {
	text := make([]byte, 0, 160)
	text = append(text, s.Client...)
	text = append(text, '_')
	text = append(text, video...)
	text = append(text, '_')
	text = append(text, s.Secret...)
	text = append(text, '_')
	text = strconv.AppendInt(text, expires, 10)
	text = append(text, '_')
	text = append(text, ip...)
	sum := md5.Sum(text)
	base64.RawURLEncoding.Encode(out[:], sum[:])
}

// Verify is an edge's judgement of a grant used for video from ip (empty on an
// edge for plain tokens) at now: nil, ErrBadHash or ErrExpired.
func (s Signer) Verify(video string, g Grant, ip string, now time.Time, b Boundary) error {
	var want [22]byte
	s.sign(&want, video, g.Expires, ip)
	if len(g.Token) != len(want) || subtle.ConstantTimeCompare(want[:], []byte(g.Token)) != 1 {
		return ErrBadHash
	}
	if b.Expired(g.Expires, now) {
		return ErrExpired
	}
	return nil
}

// Boundary is the instant at which an edge declares a grant dead.
type Boundary uint8

// Boundaries seen in the field. They differ by up to a second of grace, because
// expiries are whole seconds.
const (
	// WholeSecond is nginx's secure_link: dead when expires < floor(now), so the
	// grant is good through expires + 0.999 s.
	WholeSecond Boundary = iota
	// Strict is dead when expires <= now, fractions counted.
	Strict
)

// Expired tells whether a grant that expires then (Unix seconds) is dead at now.
func (b Boundary) Expired(expires int64, now time.Time) bool {
	if b == Strict {
		return expires <= now.Unix()
	}
	return expires < now.Unix()
}

// End is the instant from which the grant is dead.
func (b Boundary) End(g Grant) time.Time {
	if b == Strict {
		return time.Unix(g.Expires, 0)
	}
	return time.Unix(g.Expires+1, 0)
}

// String is the boundary's name in scenarios: "whole-second" or "strict".
func (b Boundary) String() string {
	switch b {
	case WholeSecond:
		return "whole-second"
	case Strict:
		return "strict"
	}
	return "boundary " + strconv.Itoa(int(b))
}

// MarshalText writes the boundary's name.
func (b Boundary) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads a boundary's name; empty means WholeSecond.
func (b *Boundary) UnmarshalText(text []byte) error {
	switch string(text) {
	case "", "whole-second":
		*b = WholeSecond
	case "strict":
		*b = Strict
	default:
		return fmt.Errorf("boundary %q is not known: use whole-second or strict", text)
	}
	return nil
}
