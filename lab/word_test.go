package lab

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// Names are judged as the regular expressions judge them that say the same.
func TestWords(t *testing.T) {
	prefix := func(text string) bool { return (URLs{Prefix: text}).validate() == nil }
	language := func(text string) bool {
		return (Config{Subtitles: []Subtitle{{Language: text, Name: "x"}}}).validateSubtitles() == nil
	}
	for _, c := range []struct {
		form string
		is   func(string) bool
	}{
		{`^[A-Za-z0-9-]{1,64}$`, func(text string) bool { return Word(text, "-", 64) }},
		{`^[A-Za-z0-9-]{1,8}(\.[A-Za-z0-9-]{1,8}){0,4}$`, func(text string) bool { return Words(text, ".", "-", 8, 5) }},
		{`^((/[A-Za-z0-9._~-]{1,64}){1,8})?$`, prefix},
		{`^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,4}$`, language},
		{`^([A-Za-z0-9._~=-]{1,64})?$`, func(text string) bool { return (URLs{TokenSuffix: text}).validate() == nil }},
		{`^[ -~]{0,200}$`, headerText},
	} {
		form, rng, matched := regexp.MustCompile(c.form), rand.New(rand.NewPCG(1, 1)), 0
		texts := []string{"", "/", "//", "-", ".", "a-", "/a/", "a\n", "\x7f", "é", "a b", strings.Repeat("a", 64), strings.Repeat("a", 65), strings.Repeat(" ", 200), strings.Repeat(" ", 201), strings.Repeat("/a", 8), strings.Repeat("/a", 9)}
		for range 2000 {
			text := []byte("/")[:rng.IntN(2)]
			for range rng.IntN(30) {
				text = append(text, `aZ09aZ09aZ09-._~=/ "`[rng.IntN(4+rng.IntN(17))])
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
