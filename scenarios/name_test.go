package scenarios

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// Names are judged as the regular expressions judge them that say the same.
func TestNameForms(t *testing.T) {
	for _, c := range []struct {
		form string
		is   func(string) bool
	}{
		{`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`, scenarioName},
		{`^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$`, hostName},
		{`^[^\x00-\x1f]{1,300}$`, oneLine},
	} {
		form, rng, matched := regexp.MustCompile(c.form), rand.New(rand.NewPCG(1, 1)), 0
		texts := []string{"", ".", "..", "a..", "-", "_a", "a\n", "a\tb", "\x7f", "é", "\xff", strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 65), strings.Repeat("a.", 64), strings.Repeat("é", 300), strings.Repeat("é", 301)}
		for range 2000 {
			var text []byte
			for range rng.IntN(20) {
				text = append(text, "aZ09aZ09aZ09-._\x1f /"[rng.IntN(4+rng.IntN(15))])
			}
			texts = append(texts, string(text))
		}
		for _, text := range texts {
			want := form.MatchString(text)
			if got := c.is(text); got != want {
				t.Errorf("%s: %q is one: %v; want %v", c.form, text, got, want)
			}
			if want {
				matched++
			}
		}
		if matched < 10 {
			t.Errorf("%s: %d of %d texts match", c.form, matched, len(texts))
		}
	}
}
