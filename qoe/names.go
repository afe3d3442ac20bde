package qoe

import (
	"fmt"
	"slices"
	"strings"
)

var kindNames = [...]string{"manifest", "playlist", "init", "segment", "key", "token", "timing", "steering", "link", "license"}

var mediaNames = [...]string{"", "video", "audio", "text"}

var reasonNames = [...]string{"first", "scheduled", "after-error", "after-refusal"}

// String is the kind in one lower-case word: "playlist".
func (k Kind) String() string { return nameOf(kindNames[:], uint8(k)) }

// String is the media in one lower-case word; empty for NoMedia.
func (m Media) String() string { return nameOf(mediaNames[:], uint8(m)) }

// String is the reason in lower case: "after-refusal".
func (r Reason) String() string { return nameOf(reasonNames[:], uint8(r)) }

// MarshalText is String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText is String.
func (m Media) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// MarshalText is String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Kind) UnmarshalText(text []byte) error {
	i, err := indexOf(kindNames[:], "kind of request", text)
	*k = Kind(i)
	return err
}

// UnmarshalText reads what MarshalText wrote.
func (m *Media) UnmarshalText(text []byte) error {
	i, err := indexOf(mediaNames[:], "media", text)
	*m = Media(i)
	return err
}

// UnmarshalText reads what MarshalText wrote.
func (r *Reason) UnmarshalText(text []byte) error {
	i, err := indexOf(reasonNames[:], "refresh reason", text)
	*r = Reason(i)
	return err
}

func nameOf(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

func indexOf(names []string, what string, text []byte) (int, error) {
	for i, name := range names {
		if name == string(text) {
			return i, nil
		}
	}
	known := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	return 0, fmt.Errorf("%s %.40q is not known: use %s", what, text, strings.Join(known, ", "))
}
