package reports

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
		why  string
	}{
		{0, "0 s", "nothing has no unit worth choosing"},
		{200 * time.Microsecond, "0.2 ms", "timer lateness"},
		{9960 * time.Microsecond, "10.0 ms", "rounded, still with a tenth"},
		{42 * time.Millisecond, "42 ms", "a refresh"},
		{999600 * time.Microsecond, "1.00 s", "never 1000 ms"},
		{1234 * time.Millisecond, "1.23 s", "a startup"},
		{9996 * time.Millisecond, "10.0 s", "never 10.00 s"},
		{59970 * time.Millisecond, "1 m 00 s", "never 60.0 s"},
		{125 * time.Second, "2 m 05 s", "a duration"},
		{time.Hour - time.Millisecond, "1 h 00 m", "never 60 m"},
		{90 * time.Minute, "1 h 30 m", "a long run"},
		{17538*time.Hour + 4*time.Minute, "17,538 h 04 m", "what many viewers waited in all"},
		{-3100 * time.Millisecond, "−3.10 s", "a dead token's margin"},
	}
	for _, test := range tests {
		if got := span(test.d); got != test.want {
			t.Errorf("span(%v) = %q; want %q (%s)", test.d, got, test.want, test.why)
		}
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct{ got, want, why string }{
		{number(0), "0", "zero"},
		{number(999), "999", "no group"},
		{number(1000), "1,000", "one group"},
		{number(-1234567), "−1,234,567", "a negative"},
		{figure(3), "3", "whole numbers stay whole"},
		{figure(12345), "12,345", "and grouped"},
		{figure(0.016666), "0.01667", "four digits"},
		{figure(-2.5), "−2.5", "a real minus"},
		{percent(0, 0), "0 %", "nobody of nobody"},
		{percent(1, 100_000), "< 0.1 %", "one of very many is not none"},
		{percent(99_999, 100_000), "> 99.9 %", "and all but one is not all"},
		{percent(60, 60), "100 %", "all"},
		{percent(12, 64), "18.8 %", "some"},
		{size(999_600), "1.0 MB", "never 1000 kB"},
		{size(2_500_000_000), "2.50 GB", "gigabytes"},
		{rate(400_000), "400 kbit/s", "a low rendition"},
		{rate(2_400_000), "2.40 Mbit/s", "a high one"},
		{length(25 * time.Second), "25 s", "nobody asked for 25.0 s"},
		{length(1500 * time.Millisecond), "1.50 s", "but for half of one"},
		{length(90 * time.Second), "1 m 30 s", "minutes as ever"},
		{clock(65), "1:05", "minutes and seconds"},
		{plural(1, "call", "calls"), "1 call", "one"},
		{plural(2000, "call", "calls"), "2,000 calls", "many"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q; want %q (%s)", test.got, test.want, test.why)
		}
	}
}
