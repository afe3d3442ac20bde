package fleet

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"soak/qoe"
)

// What makes a verdict invalid says which bound was passed, by how much, when, and what
// to do.
func TestSaturated(t *testing.T) {
	ms := time.Millisecond
	strained := func(n int, with Strain, between ...Strain) []Strain {
		return append(append(make([]Strain, 5), slices.Repeat([]Strain{with}, n)...), between...)
	}
	for _, row := range []struct {
		health Health
		want   []string
		why    string
	}{
		{Health{}, nil, "the zero Health, and a virtual run's, is healthy"},
		{Health{LatenessP99: 100 * ms, CPU: 0.95, CPUs: 2, GC: 0.25, Paused: 0.01, Files: 98, FilesMax: 100, Dispatch: Delay{P99: 100 * ms}, Arrival: Delay{P99: time.Second}}, nil, "at the bounds"},
		{Health{LatenessP99: 137 * ms, LatenessMax: time.Second}, []string{"timers ran late: p99 137ms, allowed 100ms; use fewer viewers, more cores or a faster machine"}, "one timer in a hundred"},
		{Health{LatenessMax: 10 * time.Second, Dispatch: Delay{Max: 10 * time.Second}}, nil, "one alone"},
		{Health{LatenessP99: 137 * ms, Every: time.Second, Course: strained(3, Strain{LatenessP99: 400 * ms})},
			[]string{"timers ran late: p99 137ms, allowed 100ms; most of all from 0:05 to 0:08, up to p99 400ms; use fewer viewers, more cores or a faster machine"}, "and when"},
		{Health{Dispatch: Delay{P99: 250 * ms}}, []string{"requests left late: p99 250ms, allowed 100ms; use fewer viewers, more cores or a faster machine"}, "requests are timed like timers"},
		{Health{Arrival: Delay{P99: 1500 * ms}}, []string{"viewers came late: p99 1.5s, allowed 1s; let them come more slowly (--arrival 'ramp 1m'), or use fewer viewers, more cores or a faster machine"}, "a crowd that does not come is none"},
		{Health{CPU: 0.99, CPUs: 2}, []string{"processor saturated: 99 % of 2 cores, allowed 95 %; use fewer viewers, more cores or a faster machine, or let the origin run elsewhere"}, "no core left"},
		{Health{CPU: 0.4, CPUs: 2, Every: time.Second, Course: strained(9, Strain{CPU: 1})}, nil, "nine seconds of a rush"},
		{Health{CPU: 0.4, CPUs: 2, Every: time.Second, Course: strained(10, Strain{CPU: 0.97}, Strain{}, Strain{CPU: 1})},
			[]string{"processor saturated from 0:05 to 0:15: up to 97 % of 2 cores, allowed 95 % for 10s on end; use fewer viewers, more cores or a faster machine, or let the origin run elsewhere"}, "ten are what viewers live through"},
		{Health{CPU: 0.4, CPUs: 2, Every: time.Second, Course: append(strained(6, Strain{CPU: 1}, Strain{}), strained(6, Strain{CPU: 1})...)}, nil, "twelve, but with a rest"},
		{Health{Every: 16 * time.Second, Course: strained(1, Strain{DispatchP99: 150 * ms})}, []string{"requests left late from 1:20 to 1:36: up to p99 150ms, allowed 100ms for 10s on end; use fewer viewers, more cores or a faster machine"}, "wide slices of a long run"},
		{Health{Every: 16 * time.Second, Until: 85 * time.Second, Course: strained(1, Strain{DispatchP99: 150 * ms})}, nil, "the last of them has only begun"},
		{Health{GC: 0.3, CPUs: 4}, []string{"too much went into garbage collection: 30 % of 4 cores, allowed 25 %; raise GOGC, or use fewer viewers, more cores or a faster machine"}, "collecting instead of playing"},
		{Health{Paused: 0.013}, []string{"garbage collection stopped everything for too long: 1.3 % of the time, allowed 1 %; use fewer viewers, more cores or a faster machine"}, "standing still"},
		{Health{Files: 990, FilesMax: 1000}, []string{"descriptors nearly used up: 990 of 1000, allowed 98 %; raise ulimit -Hn, or use fewer viewers"}, "the next ones fail"},
		{Health{Files: 990}, nil, "no limit that is known"},
		{Health{DialsFailed: 3, Shortages: []Shortage{{"EMFILE", 2, 65 * time.Second}, {"EADDRNOTAVAIL", 1, 70 * time.Second}}}, []string{
			"2 connections failed for want of descriptors of this process (EMFILE), allowed none; the first at 1:05; raise ulimit -Hn, or use fewer viewers",
			"1 connections failed for want of local ports (EADDRNOTAVAIL), allowed none; the first at 1:10; name more addresses to come from (--source), or use fewer viewers"}, "what was wanting, and since when"},
		{Health{DialsFailed: 3}, []string{"3 connections not made for want of local ports or descriptors; raise ulimit -n or use fewer viewers"}, "an older recording"},
		{Health{Shortages: []Shortage{{"ENEW", 1, 0}}}, []string{"1 connections failed for want of something this machine has not (ENEW), allowed none; the first at 0:00; use fewer viewers, more cores or a faster machine"}, "a newer recording"},
	} {
		if got := row.health.Saturated(); !slices.Equal(got, row.want) {
			t.Errorf("%s:\n%s\nwant\n%s", row.why, strings.Join(got, "\n"), strings.Join(row.want, "\n"))
		}
	}
}

// The page has every bound.
func TestBoundsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/honesty.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range (Health{}).bounds() {
		if row := fmt.Sprintf("| %s | %s |", b.what, b.limit); !strings.Contains(string(page), row) {
			t.Errorf("docs/honesty.md lacks the row %q", row)
		}
	}
	for _, s := range scarce {
		if !strings.Contains(string(page), s.name) {
			t.Errorf("docs/honesty.md lacks %s", s.name)
		}
	}
}

func TestLatenessesAreGatheredOnce(t *testing.T) {
	var l latenesses
	for i := range 100 {
		l.of(i).add(time.Duration(i) * time.Millisecond)
	}
	first := l.recent()
	l.of(3).add(time.Second)
	l.of(4).add(-time.Second) // a clock that was set
	second, all := l.recent(), l.all()
	none := l.recent()
	for _, row := range []struct {
		name  string
		got   qoe.Sketch
		count int64
		max   time.Duration
	}{{"first", first, 100, 99 * time.Millisecond}, {"second", second, 2, time.Second}, {"all", all, 102, time.Second}, {"none", none, 0, 0}} {
		if row.got.Count() != row.count || row.got.Max() != row.max || row.got.Min() < 0 {
			t.Errorf("%s: %d up to %v; want %d up to %v", row.name, row.got.Count(), row.got.Max(), row.count, row.max)
		}
	}
}

func TestShortagesAreLocal(t *testing.T) {
	var s shortages
	wrapped := func(errno syscall.Errno) error {
		return fmt.Errorf("get: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errno)})
	}
	for i, err := range []error{
		wrapped(syscall.ECONNREFUSED), wrapped(syscall.ENETUNREACH), wrapped(syscall.ETIMEDOUT), context.DeadlineExceeded, errConsent, // the target's, or nobody's
		wrapped(syscall.ENOMEM), wrapped(syscall.EADDRNOTAVAIL), wrapped(syscall.EADDRNOTAVAIL), wrapped(syscall.ENOBUFS), wrapped(syscall.EMFILE), wrapped(syscall.ENFILE),
	} {
		s.note(err, time.Duration(i)*time.Second)
	}
	want := []Shortage{{"ENOMEM", 1, 5 * time.Second}, {"EADDRNOTAVAIL", 2, 6 * time.Second}, {"ENOBUFS", 1, 8 * time.Second}, {"EMFILE", 1, 9 * time.Second}, {"ENFILE", 1, 10 * time.Second}}
	if got := s.soFar(); !slices.Equal(got, want) || s.count() != 6 {
		t.Errorf("%+v, %d in all; want %+v, 6", got, s.count(), want)
	}
}

func TestOpenFilesAreCounted(t *testing.T) {
	before, most := openFiles()
	if before == 0 {
		lacking(t, "how many files are open is not known here")
	}
	for range 20 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if after, _ := openFiles(); after < before+20 || after > most {
		t.Errorf("%d open of %d after %d and 20 more", after, most, before)
	}
}

func TestCollectionsAreMeasured(t *testing.T) {
	before := spending()
	var kept [][]byte
	for range 5 {
		kept = append(kept, make([]byte, 1<<20))
		runtime.GC()
	}
	runtime.KeepAlive(kept)
	after := spending()
	_, gc, paused := after.since(before)
	if longest := after.longestPause(before); gc <= 0 || paused <= 0 || longest <= 0 || longest > time.Minute {
		t.Errorf("five collections: %v of the cores, %v of the time, %v at most; want all above 0", gc, paused, longest)
	}
	if longest := before.longestPause(before); longest != 0 {
		t.Errorf("no collection: %v", longest)
	}
}
