package lab

import (
	"testing"
	"time"

	"soak/token"
)

// A token that was signed before is the signer's own, whoever else signed for the same
// second, and whatever else has the same place.
func TestPlainTokens(t *testing.T) {
	l := lab(t, Config{Second: SecondEdge{Bound: true}, Rotations: []Rotation{{At: time.Minute}}})
	signers := []signer{l.signer, l.second, l.signer.rotated(1), l.signer.rotated(2)}
	short := l.signer
	short.length, short.suffix = 6, "=="
	any := l.signer
	any.any = true
	signers = append(signers, short, any)
	for range 2 {
		for _, expires := range []int64{1_800_000_000, 1_800_000_000 + int64(len(l.plain)), 1_800_000_001, -1} {
			for _, video := range []string{"live", "vod"} {
				for i, s := range signers {
					for range 2 {
						if got, want := l.sign(s, video, expires, ""), s.Sign(video, expires, ""); got != want {
							t.Fatalf("signer %d, %s, %d: %s; want %s", i, video, expires, got, want)
						}
					}
					bound := token.Grant{Token: s.Sign(video, expires, "10.0.0.7"), Expires: expires}
					if !l.wellSigned(s, video, bound, "10.0.0.7") || l.wellSigned(s, video, bound, "") || l.wellSigned(s, video, bound, "10.0.0.8") {
						t.Fatalf("signer %d, %s, %d: a token for an address is taken for another, or for none", i, video, expires)
					}
				}
			}
		}
	}
	if a, b := l.plain.sign(&signers[0], "live", 1), l.Apart().plain; b == l.plain || b.sign(&signers[0], "live", 1) != a {
		t.Error("a lab apart does not sign for itself, or signs otherwise")
	}
}
