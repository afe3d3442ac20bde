package player

import (
	"testing"
	"time"
)

// [CHROMIUM] A segment of 900 kbit/s that shares a link of 800 kbit/s with audio is
// given up after half a second by 5.x, after a whole one by 4.7 (the audio was through by then): what came with the
// first progress event keeps the mean above 500 kbit/s, which is what 1.8 times the
// segment's duration allows.
func TestProgressOfOldAbandonRule(t *testing.T) {
	var p progress
	const first, rate = 4800, 47_000 // bytes with the first event, bytes a second
	for i := 0; i <= 30; i++ {
		since := time.Duration(i) * 50 * time.Millisecond
		mean, counts := p.event(instant(1).Add(since), first+int64(rate*since.Seconds()))
		if counts != (since > 500*time.Millisecond) {
			t.Errorf("after %v the mean counts: %v; want it to from half a second on", since, counts)
		}
		if i > 0 && (mean > 500) != (since < 1200*time.Millisecond) {
			t.Errorf("after %v the mean is %v kbit/s; want more than 500 for 1.2 s", since, mean)
		}
	}
}
