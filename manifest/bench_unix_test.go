//go:build unix

package manifest

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// BenchmarkPolling is two seconds of 10,000 viewers who poll a live MPD of one
// hour every two seconds: a new MPD, one parse of it, the other look-ups. cores is
// the processor time that takes, garbage collection included, of the two seconds.
func BenchmarkPolling(b *testing.B) {
	const viewers, period = 10_000, 2 * time.Second
	bodies := make([][]byte, viewers/100) // as many copies as a processor's cache will not hold
	c := NewCache(8)
	var spent time.Duration
	version := 0
	for b.Loop() {
		b.StopTimer()
		version++
		body := bytes.Replace(timelineMPD(1800), []byte("<MPD "), fmt.Appendf(nil, `<MPD id="%09d" `, version), 1)
		for i := range bodies {
			bodies[i] = bytes.Clone(body)
		}
		began := processorTime(b)
		b.StartTimer()
		for i := range viewers {
			if _, err := c.Parse(base, "", bodies[i%len(bodies)]); err != nil {
				b.Fatal(err)
			}
		}
		spent += processorTime(b) - began
	}
	b.ReportMetric(spent.Seconds()/float64(b.N)/period.Seconds(), "cores")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
