package lab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Subtitle is one rendition of subtitles: WebVTT segments of the same cut as the
// video's, a cue a second that tells the time (RFC 8216 sections 3.5 and 4.3.4.1).
// They are never encrypted, and DASH lists none.
type Subtitle struct {
	// Language is a tag of BCP 47: en, pt-BR.
	Language string `yaml:"language" json:"language"`
	// Name is what a viewer reads. "" = the language. No two may be the same.
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	// Default is DEFAULT=YES: shown unless the viewer chooses otherwise. One at most.
	Default bool `yaml:"default,omitempty" json:"default,omitempty"`
	// Autoselect is AUTOSELECT=YES, which Default implies.
	Autoselect bool `yaml:"autoselect,omitempty" json:"autoselect,omitempty"`
	// Forced is FORCED=YES: what must be read to follow.
	Forced bool `yaml:"forced,omitempty" json:"forced,omitempty"`
}

func (s Subtitle) name() string { return or(s.Name, s.Language) }

// subtitleID is the folder of a rendition of subtitles.
func subtitleID(i int) string { return "s" + strconv.Itoa(i+1) }

const maxSubtitles = 8

// displayable tells whether a name can stand in a playlist and be shown. As a regular
// expression, sixty-four times all of Unicode's controls would be three megabytes.
func displayable(name string) bool {
	n := utf8.RuneCountInString(name)
	return 1 <= n && n <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return r == '"' || r == '\\' || unicode.Is(unicode.C, r)
	})
}

func (c Config) validateSubtitles() error {
	var errs []error
	if len(c.Subtitles) > maxSubtitles {
		errs = append(errs, fmt.Errorf("subtitles: %d renditions, use at most %d", len(c.Subtitles), maxSubtitles))
	}
	defaults, names := 0, map[string]bool{}
	for i, s := range c.Subtitles {
		if s.Default {
			defaults++
		}
		switch {
		case !Words(s.Language, "-", "", 8, 5):
			errs = append(errs, fmt.Errorf("subtitles[%d].language %.80q: use a language tag, as in en or pt-BR", i, s.Language))
		case !displayable(s.name()):
			errs = append(errs, fmt.Errorf("subtitles[%d].name %.80q: use up to 64 characters, no quotes or backslashes", i, s.Name))
		case names[s.name()]:
			errs = append(errs, fmt.Errorf("subtitles[%d].name %q: taken by another; a group's names differ (RFC 8216 section 4.3.4.1.1)", i, s.name()))
		}
		names[s.name()] = true
	}
	if defaults > 1 {
		errs = append(errs, fmt.Errorf("subtitles: %d are the default, keep one (RFC 8216 section 4.3.4.1.1)", defaults))
	}
	return errors.Join(errs...)
}

// appendSubtitles writes the group of subtitles, and the attribute by which variants
// name it; nothing when there are none.
func (o *origin) appendSubtitles(b []byte) (_ []byte, attribute string) {
	for _, r := range o.text {
		s := r.subtitle
		b = fmt.Appendf(b, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=%q,LANGUAGE=%q", s.name(), s.Language)
		for _, flag := range []struct {
			name string
			set  bool
		}{{"DEFAULT", s.Default}, {"AUTOSELECT", s.Autoselect || s.Default}, {"FORCED", s.Forced}} {
			if flag.set {
				b = append(b, ","+flag.name+"=YES"...)
			}
		}
		b = fmt.Appendf(b, ",URI=\"%s/index.m3u8\"\n", r.id)
		attribute = `,SUBTITLES="subs"`
	}
	return b, attribute
}

const vttType = "text/vtt; charset=utf-8"

// cues is segment n. Its own time begins with it and is tied to the media's by
// X-TIMESTAMP-MAP, whose clock of 90 kHz has 33 bits (RFC 8216 section 3.5).
func (r *rendition) cues(n int64, live bool) []byte {
	from, to, _ := r.place(n, live)
	b := fmt.Appendf(nil, "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:%d,LOCAL:00:00:00.000\n", from*90_000&(1<<33-1))
	layout := time.TimeOnly
	if live {
		layout = time.RFC3339
	}
	for second := from; second < to; second++ {
		told := time.Unix(second, 0).UTC().Format(layout)
		b = fmt.Appendf(b, "\n%s --> %s\n%s %s\n", cueTime(second-from), cueTime(second-from+1), r.subtitle.Language, told)
	}
	return b
}

func cueTime(second int64) string { return fmt.Sprintf("00:%02d:%02d.000", second/60, second%60) }
