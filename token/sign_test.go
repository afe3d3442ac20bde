package token

import (
	"errors"
	"testing"
	"time"
)

// The wanted tokens were computed by other people's tools:
//
//	printf '%s' 2675_iKbrdNMcS9ylGuw_s3cr3t_1700000060_ |
//	    openssl md5 -binary | base64 | tr '+/' '-_' | tr -d '='
func TestSign(t *testing.T) {
	rows := []struct {
		why, client, secret, video string
		expires                    int64
		ip, want                   string
	}{
		{"plain: the address is empty, its underscore stays", "2675", "s3cr3t", "iKbrdNMcS9ylGuw", 1700000060, "", "INbkr67grBOXImdaPw4itg"},
		{"bound to an IPv4 address; + and / become - and _", "2675", "s3cr3t", "iKbrdNMcS9ylGuw", 1700000060, "203.0.113.42", "Ox1_rLbUSgsOxb66xv5GVw"},
		{"underscore in the name, IPv6, after 2033", "1", "k", "a_b", 2000000000, "2001:db8::1", "_kfQA0NXIr0fyxVr4HaGtg"},
	}
	for _, r := range rows {
		s := Signer{Client: r.client, Secret: r.secret}
		if got := s.Sign(r.video, r.expires, r.ip); got != r.want {
			t.Errorf("%s: Sign(%q, %d, %q) = %s; want %s", r.why, r.video, r.expires, r.ip, got, r.want)
		}
	}
}

func TestVerify(t *testing.T) {
	s := Signer{Client: "2675", Secret: "s3cr3t"}
	const e = 1_700_000_060
	good := Grant{s.Sign("film", e, ""), e}
	bound := Grant{s.Sign("film", e, "203.0.113.42"), e}
	at := func(ms int64) time.Time { return time.UnixMilli(e*1000 + ms) }
	rows := []struct {
		why   string
		video string
		g     Grant
		ip    string
		now   time.Time
		b     Boundary
		want  error
	}{
		{"alive", "film", good, "", at(-10_000), WholeSecond, nil},
		{"nginx: good through expires + 0.98 s", "film", good, "", at(980), WholeSecond, nil},
		{"nginx: dead from expires + 1 s", "film", good, "", at(1000), WholeSecond, ErrExpired},
		{"strict: alive until just before", "film", good, "", at(-1), Strict, nil},
		{"strict: dead at expires", "film", good, "", at(0), Strict, ErrExpired},
		{"another video's token", "other", good, "", at(-1), WholeSecond, ErrBadHash},
		{"expiry changed by hand", "film", Grant{good.Token, e + 3600}, "", at(-1), WholeSecond, ErrBadHash},
		{"expired and wrong: the hash is looked at first", "film", Grant{"x", e}, "", at(5000), WholeSecond, ErrBadHash},
		{"bound token from its address", "film", bound, "203.0.113.42", at(-1), WholeSecond, nil},
		{"bound token from another address", "film", bound, "203.0.113.43", at(-1), WholeSecond, ErrBadHash},
		{"bound token on the edge for plain ones", "film", bound, "", at(-1), WholeSecond, ErrBadHash},
		{"plain token on the edge for bound ones", "film", good, "203.0.113.42", at(-1), WholeSecond, ErrBadHash},
		{"no token", "film", Grant{"", e}, "", at(-1), WholeSecond, ErrBadHash},
	}
	for _, r := range rows {
		if got := s.Verify(r.video, r.g, r.ip, r.now, r.b); !errors.Is(got, r.want) {
			t.Errorf("%s: Verify = %v; want %v", r.why, got, r.want)
		}
	}
}

func TestBoundaryText(t *testing.T) {
	for _, b := range []Boundary{WholeSecond, Strict} {
		text, err := b.MarshalText()
		var back Boundary
		if err != nil || back.UnmarshalText(text) != nil || back != b {
			t.Errorf("%v came back as %v from %q", b, back, text)
		}
	}
	var b Boundary
	if err := b.UnmarshalText([]byte("lenient")); err == nil {
		t.Error(`UnmarshalText("lenient") = nil; want an error`)
	}
}

func TestLife(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_250)
	rows := []struct {
		why     string
		expires int64
		want    time.Duration
	}{
		{"ahead, the fraction of now counts", 1_700_000_060, 59_750 * time.Millisecond},
		{"over", 1_699_999_990, -10_250 * time.Millisecond},
		{"milliseconds by mistake: the longest life", 1_700_000_060_000_000, 1<<63 - 1},
		{"no wrap-around at the ends", 1<<63 - 1, 1<<63 - 1},
		{"no wrap-around at the other end", -1 << 63, -1 << 63},
	}
	for _, r := range rows {
		if got := (Grant{"t", r.expires}).Life(now); got != r.want {
			t.Errorf("%s: Life(%d) = %v; want %v", r.why, r.expires, got, r.want)
		}
	}
}

// Lives are those that time.Time.Sub tells, whatever the clock: a monotonic one has no
// say, for an expiry is a time of the calendar.
func TestLifeIsSub(t *testing.T) {
	for _, now := range []time.Time{time.Now(), time.Unix(1_700_000_000, 999_999_999).UTC(), time.Unix(-5, 1), time.Unix(0, 0), {}} {
		for _, ahead := range []int64{0, 1, -1, 60, -60, 100 * 365 * 24 * 3600, 100*365*24*3600 - 1, -100*365*24*3600 + 1, 1 << 40} {
			expires := now.Unix() + ahead
			if got, want := (Grant{"t", expires}).Life(now), time.Unix(expires, 0).Sub(now); got != want {
				t.Errorf("Life(%d) at %v = %v; want %v", expires, now, got, want)
			}
		}
	}
}
