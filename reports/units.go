package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// span writes a duration as a person says it, three figures or so: "42 ms",
// "1.23 s", "12.3 s", "2 m 05 s". The minus sign is a real one.
func span(d time.Duration) string {
	if d < 0 {
		return "−" + span(-d)
	}
	switch {
	case d == 0:
		return "0 s"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	case d < 9995*time.Millisecond:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 59950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour-500*time.Millisecond:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d m %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%s h %02d m", number(int64(d/time.Hour)), d%time.Hour/time.Minute)
}

// length is span for a duration that somebody chose: "25 s" rather than "25.0 s".
func length(d time.Duration) string {
	if d >= time.Second && d < time.Minute && d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return span(d)
}

// clock writes a moment of the run: "1:05" is 65 seconds after the start.
func clock(second int64) string { return fmt.Sprintf("%d:%02d", second/60, second%60) }

// number groups digits: 12,345.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// figure writes a metric's value: at most four significant digits, no exponent
// within the range people meet.
func figure(v float64) string {
	if v == float64(int64(v)) {
		return number(int64(v))
	}
	s := strconv.FormatFloat(v, 'g', 4, 64)
	return strings.Replace(s, "-", "−", 1)
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "0 %"
	}
	share := 100 * float64(part) / float64(whole)
	switch {
	case part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	case share < 0.1:
		return "< 0.1 %"
	case share > 99.9:
		return "> 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", share)
}

// size writes bytes in decimal units, as networks count.
func size(n int64) string {
	switch b := float64(n); {
	case b < 999.5e3:
		return fmt.Sprintf("%.0f kB", b/1e3)
	case b < 999.5e6:
		return fmt.Sprintf("%.1f MB", b/1e6)
	default:
		return fmt.Sprintf("%.2f GB", b/1e9)
	}
}

// rate writes bits per second.
func rate(bits float64) string {
	if bits < 1e6 {
		return fmt.Sprintf("%.0f kbit/s", bits/1e3)
	}
	return fmt.Sprintf("%.2f Mbit/s", bits/1e6)
}

// plural gives "1 viewer" and "2 viewers".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
