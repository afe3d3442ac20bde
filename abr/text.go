package abr

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Text writes a result for people.
func Text(w io.Writer, r Result) error {
	var b strings.Builder
	rungs := make([]string, len(r.Ladder))
	for i, kbps := range r.Ladder {
		rungs[i] = fmt.Sprintf("%.6g", kbps)
	}
	fmt.Fprintf(&b, "Player   %s\n", r.Player)
	fmt.Fprintf(&b, "Table    %s · %d segments · %.3f s · %s kbit/s\n", r.Table, r.Segments, r.Duration.float(), strings.Join(rungs, " "))
	fmt.Fprintf(&b, "Trace    %s · latency %s\n\n", r.Trace, time.Duration(r.Latency))
	b.WriteString("segment     start  rung  kbit/s    buffer  download  received  rebuffer\n")
	b.WriteString("                s                       s         s    kbit/s         s\n")
	for _, q := range r.Requests {
		fmt.Fprintf(&b, "%7d %9.3f %5d %7.6g %9.3f %9.3f %9.0f %9.3f", q.Segment, q.Start.float(), q.Rung, q.Kbps, q.Buffer.float(), q.Download.float(), q.Throughput, q.Rebuffer.float())
		if q.Outcome != Done {
			fmt.Fprintf(&b, "  %s", q.Outcome.text())
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	r.Totals.text(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (o Outcome) text() string {
	if o == Pending {
		return "under way"
	}
	return string(o)
}

func (t Totals) text(b *strings.Builder) {
	fmt.Fprintf(b, "Ending       %s", t.Ending)
	if t.Why != "" {
		fmt.Fprintf(b, ": %s", t.Why)
	}
	startup := "no picture"
	if t.Startup != nil {
		startup = fmt.Sprintf("%.3f s", t.Startup.float())
	}
	fmt.Fprintf(b, "\nStartup      %s\n", startup)
	stalls := "stalls"
	if t.Stalls == 1 {
		stalls = "stall"
	}
	fmt.Fprintf(b, "Rebuffering  %.3f s in %d %s\n", t.Rebuffering.float(), t.Stalls, stalls)
	fmt.Fprintf(b, "Bit rate     mean %.0f kbit/s · %d switches\n", t.MeanKbps, t.Switches)
	fmt.Fprintf(b, "Played       %.3f s · %.3f s skipped\n", t.Played.float(), t.Skipped.float())
	fmt.Fprintf(b, "Requests     %d · %d abandoned · %d timed out · %.1f MB received\n", t.Requests, t.Abandoned, t.TimedOut, float64(t.Bits)/8e6)
}
