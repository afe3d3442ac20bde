package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// Numbers are some segments of a stream: "7", "7..9" (both ends included) or
// "every 4" (0, 4, 8…). The zero Numbers are all.
type Numbers struct {
	kind     numbersKind
	from, to int64 // to is the distance of NumbersEvery
}

type numbersKind uint8

const (
	allNumbers numbersKind = iota
	numbersRange
	numbersEvery
)

// NumberRange is from ≤ n ≤ to.
func NumberRange(from, to int64) Numbers { return Numbers{kind: numbersRange, from: from, to: to} }

// EveryNumber is every step-th, 0 among them.
func EveryNumber(step int64) Numbers { return Numbers{kind: numbersEvery, to: step} }

// Has tells whether n is one of them.
func (s Numbers) Has(n int64) bool {
	switch s.kind {
	case numbersRange:
		return s.from <= n && n <= s.to
	case numbersEvery:
		return n%s.to == 0
	}
	return true
}

// IsZero tells whether they are all numbers.
func (s Numbers) IsZero() bool { return s == Numbers{} }

// String is the form that UnmarshalText reads.
func (s Numbers) String() string {
	switch {
	case s.kind == numbersEvery:
		return "every " + strconv.FormatInt(s.to, 10)
	case s.kind == numbersRange && s.from == s.to:
		return strconv.FormatInt(s.from, 10)
	case s.kind == numbersRange:
		return fmt.Sprintf("%d..%d", s.from, s.to)
	}
	return ""
}

// MarshalText is String.
func (s Numbers) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "7", "7..9" or "every 4"; nothing means all.
func (s *Numbers) UnmarshalText(text []byte) error {
	parsed, ok := parseNumbers(strings.TrimSpace(string(text)))
	if !ok {
		return fmt.Errorf("number %.40q: write 7, 7..9 or every 4", text)
	}
	*s = parsed
	return nil
}

func parseNumbers(text string) (Numbers, bool) {
	if text == "" {
		return Numbers{}, true
	}
	if step, ok := strings.CutPrefix(text, "every "); ok {
		n, err := strconv.ParseInt(strings.TrimSpace(step), 10, 32)
		return EveryNumber(n), err == nil && n > 0
	}
	first, last, _ := strings.Cut(text, "..")
	if last == "" {
		last = first
	}
	from, err1 := strconv.ParseInt(first, 10, 48)
	to, err2 := strconv.ParseInt(last, 10, 48)
	return NumberRange(from, to), err1 == nil && err2 == nil && from <= to
}
