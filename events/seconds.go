package events

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// seconds is a duration that stands in JSON as a decimal number of seconds, exact to
// the nanosecond: floating point is not, after a few months.
type seconds time.Duration

// MarshalJSON writes as many decimals as it takes.
func (s seconds) MarshalJSON() ([]byte, error) { return appendSeconds(nil, time.Duration(s)), nil }

// UnmarshalJSON reads seconds.
func (s *seconds) UnmarshalJSON(text []byte) error {
	d, err := parseSeconds(string(text))
	*s = seconds(d)
	return err
}

func appendSeconds(b []byte, d time.Duration) []byte {
	ns := uint64(d)
	if d < 0 {
		b = append(b, '-')
		ns = -ns
	}
	b = strconv.AppendUint(b, ns/1e9, 10)
	rest := ns % 1e9
	if rest == 0 {
		return b
	}
	digits := strconv.AppendUint(make([]byte, 0, 10), 1e9+rest, 10)
	digits[0] = '.'
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(b, digits...)
}

var errSeconds = errors.New("is no number of seconds")

// parseSeconds reads what appendSeconds wrote, and numbers as other programs write
// them, rounded to the nanosecond.
func parseSeconds(text string) (time.Duration, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 9 || strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(f) > float64(math.MaxInt64)/1e9 {
			return 0, errSeconds
		}
		return time.Duration(math.Round(f * 1e9)), nil
	}
	digits, negative := strings.CutPrefix(whole, "-")
	ns, err := strconv.ParseUint(digits+part+"000000000"[len(part):], 10, 64)
	if err != nil || digits == "" || ns > math.MaxInt64 {
		return 0, errSeconds
	}
	if negative {
		return -time.Duration(ns), nil
	}
	return time.Duration(ns), nil
}
