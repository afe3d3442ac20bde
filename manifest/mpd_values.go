package manifest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseOffset reads an availabilityTimeOffset: seconds, or INF.
func parseOffset(text string) (offset, *Error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return offset{}, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(v) || v < -maxTime.Seconds():
		return offset{}, unsupported(0, "availabilityTimeOffset %s is not a number of seconds", quote(text))
	case math.IsInf(v, 1):
		return offset{infinite: true}, nil
	case v > maxTime.Seconds():
		return offset{infinite: true}, nil
	}
	return offset{early: time.Duration(math.Round(v*1e6)) * time.Microsecond}, nil
}

// optionalDuration is 0 for an absent attribute.
func optionalDuration(name, text string) (time.Duration, *Error) {
	if text == "" {
		return 0, nil
	}
	d, err := parseDuration(text)
	if err != nil {
		return 0, unsupported(0, "@%s: %v", name, err)
	}
	return d, nil
}

// optionalTime is the zero time for an absent attribute.
func optionalTime(name string, text *string) (time.Time, *Error) {
	if deref(text) == "" {
		return time.Time{}, nil
	}
	t, err := parseTime(*text)
	if err != nil {
		return time.Time{}, unsupported(0, "@%s: %v", name, err)
	}
	return t, nil
}

// optionalSeconds reads a decimal number of seconds; 0 for an absent attribute.
func optionalSeconds(name, text string) (time.Duration, *Error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, unsupported(0, "%s %s is not a number", name, quote(text))
	}
	d, err := fromSeconds(v)
	if err != nil {
		return 0, unsupported(0, "%s %s is out of range", name, quote(text))
	}
	return d, nil
}

// optionalInt reads a whole number; other for an absent attribute.
func optionalInt(name, text string, other int64) (int64, *Error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return other, nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v > maxMediaTime || v < -maxMediaTime {
		return 0, unsupported(0, "%s %s is not a number in range", name, quote(text))
	}
	return v, nil
}
