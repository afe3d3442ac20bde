package manifest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads an xs:duration (W3C XML Schema 2, 3.2.6) to the nearest
// microsecond. A year counts 365 days and a month 30, as in dash.js.
func parseDuration(text string) (time.Duration, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "P")
	if !ok || rest == "" {
		return 0, fmt.Errorf("duration %s is not like PT1H2M3.4S", quote(text))
	}
	date, clock, hasClock := strings.Cut(rest, "T")
	days, err := sumUnits(date, "YMWD", []float64{365 * 86400, 30 * 86400, 7 * 86400, 86400})
	if err != nil || hasClock && clock == "" {
		return 0, fmt.Errorf("duration %s is not like PT1H2M3.4S", quote(text))
	}
	seconds, err := sumUnits(clock, "HMS", []float64{3600, 60, 1})
	if err != nil {
		return 0, fmt.Errorf("duration %s is not like PT1H2M3.4S", quote(text))
	}
	return fromSeconds(days + seconds)
}

// sumUnits adds up number-letter pairs whose letters come in the given order.
func sumUnits(text, letters string, weights []float64) (float64, error) {
	var sum float64
	for text != "" {
		end := strings.IndexAny(text, letters)
		if end < 1 || strings.Trim(text[:end], "0123456789.") != "" {
			return 0, strconv.ErrSyntax
		}
		v, err := strconv.ParseFloat(text[:end], 64)
		if err != nil {
			return 0, err
		}
		unit := strings.IndexByte(letters, text[end])
		sum += v * weights[unit]
		letters, weights = letters[unit+1:], weights[unit+1:]
		text = text[end+1:]
	}
	return sum, nil
}

// fromSeconds turns seconds into a duration to the nearest microsecond, refusing
// NaN, infinities, negatives and anything beyond maxTime.
func fromSeconds(s float64) (time.Duration, error) {
	if math.IsNaN(s) || s < 0 || s > maxTime.Seconds() {
		return 0, fmt.Errorf("duration %g s is out of range", s)
	}
	return time.Duration(math.Round(s*1e6)) * time.Microsecond, nil
}

// parseTime reads an xs:dateTime. Without a zone it is UTC, as in dash.js.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("date %s is not like 2026-11-24T12:00:00Z", quote(text))
}

// quote shows a value from a manifest in an error: short, and never one that
// could be a URL or a token (an MD5 in base64 has 22 characters).
func quote(text string) string {
	if len(text) > 16 || strings.ContainsAny(text, "/?&") {
		return fmt.Sprintf("(%d characters)", len(text))
	}
	return strconv.Quote(text)
}
