package netem

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"soak/qoe"
)

const ms = time.Millisecond

// simple is a link on which times are easy to compute: goodput 1 MB/s.
func simple(rtt time.Duration) Profile {
	return Profile{Name: "simple", RTT: rtt, Steps: []Step{{Kbps: 8000. * frame / payload}}}
}

func near(got, want time.Duration) bool { return (got - want).Abs() <= 10*time.Microsecond }

func TestExchange(t *testing.T) {
	for _, row := range []struct {
		name          string
		p             Profile
		reply         Reply
		arrived, done time.Duration
		failure       qoe.Failure
		why           string
	}{
		{"lan", Profile{}, Reply{Bytes: 1e9}, 0, 0, "", "the zero profile costs nothing"},
		{"lan with a slow server", Profile{}, Reply{Bytes: 10, Delay: time.Second}, 0, time.Second, "", "the server's delay is all there is"},
		{"fresh", simple(100 * ms), Reply{Bytes: 1000}, 150 * ms, 201 * ms, "", "SYN round trip, half a round trip there and back, 1000 B at 1 MB/s"},
		{"fresh with TLS", with(simple(100*ms), func(p *Profile) { p.TLS = true }), Reply{Bytes: 1000}, 250 * ms, 301 * ms, "", "TLS 1.3 costs one more round trip: three in all"},
		{"delay", simple(100 * ms), Reply{Bytes: 1000, Delay: 300 * ms}, 150 * ms, 501 * ms, "", "the server's time comes between"},
		{"empty", simple(100 * ms), Reply{}, 150 * ms, 200 * ms, "", "an answer without a body ends with its first byte"},
		{"reset at once", simple(100 * ms), Reply{Reset: true}, 150 * ms, 200 * ms, qoe.ResetFailure, "broken off before any byte"},
		{"reset midway", simple(100 * ms), Reply{Bytes: 5000, Reset: true}, 150 * ms, 205 * ms, qoe.ResetFailure, "what was sent before the break still comes"},
		{"refused", simple(100 * ms), Reply{Refused: true}, 150 * ms, 200 * ms, qoe.RefusedFailure, "nobody listens there"},
		{"lan, refused", Profile{}, Reply{Refused: true, Delay: ms}, 0, ms, qoe.RefusedFailure, "the zero profile too"},
		{"stops midway", simple(100 * ms), Reply{Bytes: 10_000, Stall: 4000, StallFor: time.Second}, 150 * ms, 1210 * ms, "", "4 ms of bytes, a second of none, the other 6 ms"},
		{"slowly, stops midway", simple(100 * ms), Reply{Bytes: 10_000, Pace: 100_000, Stall: 4000, StallFor: time.Second}, 150 * ms, 1300 * ms, "", "at 100 kB/s"},
		{"lan, stops midway", Profile{}, Reply{Bytes: 10_000, Stall: 4000, StallFor: time.Second}, 0, time.Second, "", "nothing else takes time"},
		{"stops where it ends", simple(100 * ms), Reply{Bytes: 1000, Stall: 1000, StallFor: time.Second}, 150 * ms, 201 * ms, "", "that is no stop"},
		{"negative reply", simple(100 * ms), Reply{Bytes: -5, Delay: -time.Hour}, 150 * ms, 200 * ms, "", "nonsense counts as none"},
		{"slow start", simple(100 * ms), Reply{Bytes: 43_440 + 50_000}, 150 * ms, 450 * ms, "", "10 and 20 packets take a round trip each, the next at 1 MB/s"},
		{"slow start over", simple(100 * ms), Reply{Bytes: 101_360 + 300_000}, 150 * ms, 800 * ms, "", "80 packets fill the link: 1 MB/s after the third round trip"},
		{"a server that sends slowly", simple(100 * ms), Reply{Bytes: 10_000, Pace: 100_000}, 150 * ms, 300 * ms, "", "10 kB at 100 kB/s, not at the link's 1 MB/s"},
		{"a server that could send faster", simple(100 * ms), Reply{Bytes: 10_000, Pace: 1e7}, 150 * ms, 210 * ms, "", "the link is slower"},
		{"lan with a server that sends slowly", Profile{}, Reply{Bytes: 10_000, Pace: 10_000}, 0, time.Second, "", "the zero profile adds nothing"},
		{"in time", simple(100 * ms), Reply{Bytes: 10_000, Within: time.Second}, 150 * ms, 210 * ms, "", "through before the server breaks it off"},
		{"outage", outage(100*ms, time.Second, time.Second), Reply{Bytes: 1000}, 1150 * ms, 1201 * ms, "", "the SYN waits until the link is up"},
	} {
		b := newBench(t, row.p, 1)
		x := b.ask("edge", row.reply, nil)
		b.run(time.Hour)
		arrived := x.arrived.Sub(x.asked)
		if sent := 400 * time.Microsecond; row.p.RTT > 0 { // the request's own 400 bytes
			row.arrived, row.done = row.arrived+sent, row.done+sent
		}
		if !near(arrived, row.arrived) || !near(x.took(), row.done) || x.failure != row.failure || x.ends != 1 {
			t.Errorf("%s: arrived %s, done %s, failure %q, %d ends; want %s, %s, %q, 1: %s",
				row.name, arrived, x.took(), x.failure, x.ends, row.arrived, row.done, row.failure, row.why)
		}
		if want := max(row.reply.Bytes, 0); x.Loaded() != want {
			t.Errorf("%s: Loaded() = %d; want %d", row.name, x.Loaded(), want)
		}
		if broken := row.failure != "" && row.reply.Bytes == 0; x.FirstByte().IsZero() != broken || x.first.IsZero() != broken {
			t.Errorf("%s: first byte %v; want none: %v", row.name, x.FirstByte(), broken)
		}
	}
}

// An answer that is not through in time is broken off with what has come until
// then, before its first byte too, and the connection is of no more use.
func TestWithin(t *testing.T) {
	for _, row := range []struct {
		p      Profile
		reply  Reply
		done   time.Duration
		loaded int64
		why    string
	}{
		{simple(100 * ms), Reply{Bytes: 100_000, Pace: 100_000, Within: 500 * ms}, 700*ms + 400*time.Microsecond, 50_000, "half of a second's worth"},
		{simple(100 * ms), Reply{Bytes: 1000, Delay: time.Second, Within: 500 * ms}, 700*ms + 400*time.Microsecond, 0, "nothing was sent yet"},
		{Profile{}, Reply{Bytes: 10_000, Pace: 10_000, Within: 250 * ms}, 250 * ms, 2500, "on a link that costs nothing"},
	} {
		b := newBench(t, row.p, 1)
		x := b.ask("edge", row.reply, nil)
		b.run(time.Hour)
		if !near(x.took(), row.done) || x.failure != qoe.ResetFailure || x.ends != 1 || x.Loaded() < row.loaded-1 || x.Loaded() > row.loaded+1 {
			t.Errorf("%s: done %v, failure %q, %d ends, %d bytes; want %v, reset, 1, %d", row.why, x.took(), x.failure, x.ends, x.Loaded(), row.done, row.loaded)
		}
		if again := b.get("edge", 1000); row.p.RTT > 0 {
			b.run(time.Hour)
			if !near(again.took(), 201*ms+400*time.Microsecond) {
				t.Errorf("%s: the next exchange took %v; want 201.4 ms, on a new connection", row.why, again.took())
			}
		}
	}
}

// A server that stops for ever leaves the link to others and the exchange to whoever
// gives it up.
func TestStopsForEver(t *testing.T) {
	for _, p := range []Profile{simple(100 * ms), {}} {
		b := newBench(t, p, 1)
		x := b.ask("edge", Reply{Bytes: 100_000, Stall: 5000}, nil)
		other := b.get("other", 10_000)
		b.run(time.Hour)
		if x.ends != 0 || x.Loaded() != 5000 || other.ends != 1 {
			t.Errorf("%d ends after %d bytes, %d of the other; want none after 5000, and the other's", x.ends, x.Loaded(), other.ends)
		}
		x.Cancel()
		again := b.get("edge", 1000)
		b.run(time.Hour)
		if x.ends != 0 || again.ends != 1 || x.Loaded() != 5000 {
			t.Errorf("after the cancel: %d ends, %d of the next request; want 0 and 1", x.ends, again.ends)
		}
	}
}

// A connection that had been used before and breaks without a byte is the pool's
// affair: the request goes out once more, until it does on one of its own.
func TestLostOnAnOldConnection(t *testing.T) {
	for _, reply := range []Reply{{Reset: true}, {Bytes: 10, Delay: time.Minute, Within: 200 * ms}} {
		b := newBench(t, simple(100*ms), 1)
		for range 3 { // connections for later
			b.get("edge", 1000)
		}
		b.run(time.Second)
		arrived, failed := 0, qoe.NoFailure
		b.model.Do(new(Exchange), "edge", 400, party{func(e *Exchange) { arrived++; e.Answer(&reply) }, func(f qoe.Failure) { failed = f }})
		b.run(time.Minute)
		if arrived != 4 || failed != qoe.ResetFailure {
			t.Errorf("%+v: %d requests arrived, then %q; want one on each of three old connections and one on a new, then a reset", reply, arrived, failed)
		}
		other := b.get("edge", 1000)
		b.run(time.Second)
		if other.ends != 1 || other.failure != qoe.NoFailure {
			t.Errorf("%+v: the next request: %d ends, %q", reply, other.ends, other.failure)
		}
	}
}

// What is broken off while it stands does not go on.
func TestStopBrokenOff(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	x := b.ask("edge", Reply{Bytes: 10_000, Stall: 4000, StallFor: 2 * time.Second, Within: time.Second}, nil)
	b.run(time.Hour)
	if x.failure != qoe.ResetFailure || x.ends != 1 || x.Loaded() != 4000 || !near(x.took(), 1200*ms+400*time.Microsecond) {
		t.Errorf("%q after %v, %d ends, %d bytes; want a reset after 1.2 s, 1, 4000", x.failure, x.took(), x.ends, x.Loaded())
	}
}

// A paced transfer leaves the rest of the link to others.
func TestPacedTransfersShare(t *testing.T) {
	b := newBench(t, simple(0), 1)
	slow := b.ask("edge", Reply{Bytes: 100_000, Pace: 100_000}, nil)
	fast := b.get("edge", 450_000)
	b.run(time.Hour)
	if !near(slow.took(), time.Second+400*time.Microsecond) || !near(fast.took(), 500*ms+400*time.Microsecond) {
		t.Errorf("took %v and %v; want 1 s at 100 kB/s and 0.5 s at the other 900 kB/s", slow.took(), fast.took())
	}
}

func with(p Profile, change func(*Profile)) Profile {
	change(&p)
	return p
}

// outage is down first, then up at 1 MB/s, over and over.
func outage(rtt, down, up time.Duration) Profile {
	return Profile{RTT: rtt, Steps: []Step{{For: down}, {For: up, Kbps: 8000. * frame / payload}}}
}

func TestOutageDuringTransfer(t *testing.T) {
	p := Profile{Steps: []Step{{For: time.Second, Kbps: 8000. * frame / payload}, {For: 3 * time.Second}}}
	b := newBench(t, p, 1)
	x := b.get("edge", 1_500_000-400)
	b.run(2 * time.Second)
	if got := x.Loaded(); got < 999_000 || got > 1_000_000 {
		t.Errorf("in the outage Loaded() = %d; want just under 1 000 000: what came before it", got)
	}
	b.run(time.Hour)
	if want := 4500 * ms; !near(x.took(), want) {
		t.Errorf("took %s; want %s: one second's bytes, three seconds without, the rest", x.took(), want)
	}
}

// TestOutageBeforeFirstByte: what the server sends into an outage comes after it.
func TestOutageBeforeFirstByte(t *testing.T) {
	p := Profile{Steps: []Step{{For: time.Second, Kbps: 8000. * frame / payload}, {For: 3 * time.Second}}}
	b := newBench(t, p, 1)
	x := b.ask("edge", Reply{Delay: 2 * time.Second, Bytes: 1000}, nil)
	b.run(time.Hour)
	if got := x.first.Sub(x.asked); got != 4*time.Second || !near(x.took(), 4001*ms) {
		t.Errorf("first byte after %s, done after %s; want 4s, when the link is up again, and 4.001s", got, x.took())
	}
}

// TestWindowGrowsAcrossRequests: what one answer has proved, the next may use.
func TestWindowGrowsAcrossRequests(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	b.timedGet("edge", initialWindow)
	b.model.hosts[0].idle[0].used = b.model.now() // as if it had just ended
	if got := b.timedGet("edge", 2*initialWindow).Round(ms); got != 129*ms {
		t.Errorf("20 packets after 10 took %s; want 129ms: the window has doubled, so no round trip is waited for", got)
	}
}

// TestCarryManyCycles: however short the steps, a long transfer is computed at once.
func TestCarryManyCycles(t *testing.T) {
	p := Profile{Steps: []Step{{For: ms, Kbps: 1}, {For: ms, Kbps: 0}}}
	l := newLink(p, nil)
	const cycles = 1_000_000_000
	got, want := time.Duration(l.carry(0, cycles*l.bytes)), cycles*2*ms
	if (got - want).Abs() > time.Second {
		t.Errorf("%d cycles' bytes are through after %s; want %s", cycles, got, want)
	}
}

func TestLoadedBetweenEvents(t *testing.T) {
	b := newBench(t, simple(0), 1)
	x, y := b.get("a", 600_000), b.get("b", 600_000)
	for _, at := range []struct {
		after time.Duration
		want  int64
	}{{100 * ms, 50_000}, {400 * ms, 250_000}, {500 * ms, 500_000}, {200 * ms, 600_000}, {time.Second, 600_000}} {
		b.run(at.after)
		for _, e := range []*transfer{x, y} {
			if got := e.Loaded(); got < at.want-500 || got > at.want {
				t.Errorf("at %s Loaded() = %d; want about %d: two equal transfers share 1 MB/s", b.tab.Now().Sub(epoch), got, at.want)
			}
		}
	}
}

func TestPool(t *testing.T) {
	b := newBench(t, with(simple(100*ms), func(p *Profile) { p.Congestion = BBR }), 1)
	var order []string
	for i := range 8 {
		b.ask("edge", Reply{Delay: time.Second}, func() { order = append(order, fmt.Sprint(i)) })
	}
	other := b.get("api", 0)
	b.run(1500 * ms)
	if got, want := fmt.Sprint(order), "[0 1 2 3 4 5]"; got != want {
		t.Errorf("after one round %s were answered; want %s: six connections", got, want)
	}
	if other.ends != 1 {
		t.Error("another host waits for this host's connections")
	}
	b.run(time.Hour)
	if got, want := fmt.Sprint(order), "[0 1 2 3 4 5 6 7]"; got != want {
		t.Errorf("answered in order %s; want %s: first come, first served", got, want)
	}

	// Hour later: the server has closed all of them.
	if x := b.timedGet("edge", 0); x != 200*ms {
		t.Errorf("after an hour a request took %s; want 200ms: a new connection", x)
	}
	if x := b.timedGet("edge", 0); x != 100*ms {
		t.Errorf("right after it took %s; want 100ms: keep-alive", x)
	}
	b.run(80 * time.Second)
	if x := b.timedGet("edge", 0); x != 200*ms {
		t.Errorf("80 s later it took %s; want 200ms: closed after 75 s", x)
	}
	b.run(70 * time.Second)
	if x := b.timedGet("edge", 0); x != 100*ms {
		t.Errorf("70 s later it took %s; want 100ms: still alive", x)
	}
}

// timedGet runs one request without a body to its end, less its own 400 bytes.
func (b *bench) timedGet(host string, size int64) time.Duration {
	b.t.Helper()
	x := b.get(host, size)
	b.run(3 * time.Second)
	if x.ends != 1 {
		b.t.Fatalf("request to %s not done after 3 s", host)
	}
	return (x.took() - 400*time.Microsecond).Round(10 * time.Microsecond)
}

func TestCancel(t *testing.T) {
	for _, row := range []struct {
		name    string
		at      time.Duration
		arrives bool
		why     string
	}{
		{"connecting", 50 * ms, false, "the request had not left"},
		{"on its way", 120 * ms, true, "the server cannot know"},
		{"served", 300 * ms, true, "the server is at work"},
		{"answer on its way", 1180 * ms, true, "the answer is lost"},
		{"receiving", 1300 * ms, true, "half of the body is in"},
	} {
		b := newBench(t, simple(100*ms), 1)
		x := b.ask("edge", Reply{Delay: time.Second, Bytes: 1_000_000}, nil)
		b.run(row.at)
		x.Cancel()
		x.Cancel()
		loaded := x.Loaded()
		next := b.get("edge", 0)
		b.run(time.Minute)
		if x.ends != 0 {
			t.Errorf("%s: done was called after Cancel", row.name)
		}
		if x.arrived.IsZero() == row.arrives {
			t.Errorf("%s: reached the server: %v; want %v: %s", row.name, !x.arrived.IsZero(), row.arrives, row.why)
		}
		if x.Loaded() != loaded {
			t.Errorf("%s: Loaded went from %d to %d after Cancel", row.name, loaded, x.Loaded())
		}
		if got := (next.took() - 400*time.Microsecond).Round(ms); got != 200*ms {
			t.Errorf("%s: the next request took %s; want 200ms: the connection was closed, a new one is made", row.name, got)
		}
	}
}

func TestCancelQueued(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	for range poolSize {
		b.ask("edge", Reply{Delay: time.Second}, nil)
	}
	x, y := b.get("edge", 0), b.get("edge", 0)
	x.Cancel()
	b.run(time.Hour)
	if x.ends != 0 || !x.arrived.IsZero() || y.ends != 1 {
		t.Errorf("cancelled: ends %d, arrived %v; the next in the queue: ends %d; want 0, never, 1", x.ends, x.arrived, y.ends)
	}
}

func TestCancelFreesTheShare(t *testing.T) {
	b := newBench(t, simple(0), 1)
	x, y := b.get("a", 10_000_000), b.get("b", 1_000_000)
	b.tab.After(time.Second, x.Cancel)
	b.run(time.Hour)
	if got := y.took().Round(ms); got != 1500*ms {
		t.Errorf("took %s; want 1.5s: half the link for a second, then all of it", got)
	}
}

// TestCancelInCallback covers the callbacks that cancel what ends at the same
// instant.
func TestCancelInCallback(t *testing.T) {
	b := newBench(t, simple(0), 1)
	var y *transfer
	x := b.ask("a", Reply{Bytes: 1000}, func() { y.Cancel() })
	y = b.get("b", 1000)
	b.run(time.Hour)
	if x.ends != 1 || y.ends != 0 {
		t.Errorf("first %d ends, second %d; want 1 and 0: cancelled by the first's done", x.ends, y.ends)
	}
	if len(b.model.active) != 0 {
		t.Errorf("%d transfers still active; want none", len(b.model.active))
	}
	for _, p := range b.model.hosts {
		if p.open != len(p.idle) || p.open > 1 {
			t.Errorf("host %s: %d connections open, %d idle; want each to be known once", p.host, p.open, len(p.idle))
		}
	}
}

func TestReplyTwice(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	ends := 0
	b.model.Do(new(Exchange), "edge", 400, party{func(e *Exchange) {
		e.Answer(&Reply{Bytes: 10})
		e.Answer(&Reply{Bytes: 20})
	}, func(qoe.Failure) { ends++ }})
	b.run(time.Hour)
	if ends != 1 {
		t.Errorf("done %d times; want once: only the first reply counts", ends)
	}
}

func TestLostForEver(t *testing.T) {
	b := newBench(t, with(simple(100*ms), func(p *Profile) { p.Loss = 0.999 }), 1)
	x := b.get("edge", 10)
	b.run(time.Hour)
	if x.failure != qoe.NetworkFailure || x.took() != 127*time.Second || !x.arrived.IsZero() {
		t.Errorf("failure %q after %s, arrived %v; want network after 2m7s: seven SYNs lost", x.failure, x.took(), x.arrived)
	}
}

func TestJitter(t *testing.T) {
	p := with(simple(100*ms), func(p *Profile) { p.Jitter = 40 * ms })
	b := newBench(t, p, 1)
	b.timedGet("edge", 0)
	var took []time.Duration
	for range 200 {
		took = append(took, b.timedGet("edge", 0))
	}
	slices.Sort(took)
	least, median, most := took[0], took[len(took)/2], took[len(took)-1]
	if least < 60*ms || least > 70*ms || most > 140*ms || most < 130*ms || (median-100*ms).Abs() > 8*ms {
		t.Errorf("round trips %s, %s, %s; want 60ms to 140ms around 100ms", least, median, most)
	}
}

// TestStandingQueue: what a full queue does to a small request beside a download.
func TestStandingQueue(t *testing.T) {
	for _, row := range []struct {
		cc         string
		fresh, tls bool
		want       time.Duration
		why        string
	}{
		{Cubic, false, false, 172 * ms, "50 packets at 1 MB/s are 72 ms"},
		{BBR, false, false, 100 * ms, "BBR keeps the queue empty"},
		{Cubic, true, false, 345 * ms, "the answer to the SYN waits in the queue too"},
		{Cubic, true, true, 517 * ms, "and so does the server's part of the TLS handshake: three round trips, each behind it"},
		{BBR, true, true, 300 * ms, "three round trips"},
	} {
		b := newBench(t, with(simple(100*ms), func(p *Profile) { p.Congestion, p.Queue, p.TLS = row.cc, 50, row.tls }), 1)
		if !row.fresh {
			b.timedGet("api", 0)
		}
		b.get("edge", 20_000_000)
		b.run(5 * time.Second)
		if got := b.timedGet("api", 0).Round(ms); got != row.want {
			t.Errorf("%s, fresh %v, TLS %v: a call beside a download took %s; want %s: %s", row.cc, row.fresh, row.tls, got, row.want, row.why)
		}
	}
}

// A download that ends while a connection is being made leaves the link to it.
func TestStandingQueueDrains(t *testing.T) {
	for _, row := range []struct {
		left int64 // of the download, bytes
		want time.Duration
		why  string
	}{
		{1000, 372 * ms, "the first packets came behind it, those after do not"},
		{200_000, 445 * ms, "two handshakes behind it, and no answer"},
		{900_000, 517 * ms, "it lasts longer than the call"},
	} {
		b := newBench(t, with(simple(100*ms), func(p *Profile) { p.Queue, p.TLS = 50, true }), 1)
		x := b.get("edge", 5_000_000)
		for x.Loaded() < 5_000_000-row.left {
			b.run(ms)
		}
		if got := b.timedGet("api", 0); (got - row.want).Abs() > 2*ms {
			t.Errorf("%d bytes of a download were left: the call took %s; want %s: %s", row.left, got, row.want, row.why)
		}
	}
}

// TestScatter: with Scatter viewers are at different places of the trace.
func TestScatter(t *testing.T) {
	p := outage(0, 10*time.Second, 10*time.Second)
	distinct := func(scatter bool) int {
		p.Scatter = scatter
		seen := map[time.Duration]bool{}
		for i := range uint64(20) {
			b := newBench(t, p, i)
			x := b.get("edge", 0)
			b.run(time.Minute)
			seen[x.took()] = true
		}
		return len(seen)
	}
	if n := distinct(false); n != 1 {
		t.Errorf("without scatter %d different times; want 1", n)
	}
	if n := distinct(true); n < 5 {
		t.Errorf("with scatter %d different times of 20 viewers; want most in the outage different", n)
	}
}

func TestSameSeedSameTimes(t *testing.T) {
	p := measured("poor-wifi", Cubic)
	p.Jitter = 20 * ms
	times := func(seed uint64) (out []time.Duration) {
		b := newBench(t, p, seed)
		for i := range 10 {
			b.ask(fmt.Sprint(i%3), Reply{Bytes: 50_000}, func() { out = append(out, b.tab.Now().Sub(epoch)) })
		}
		b.run(time.Hour)
		return out
	}
	if a, b := times(7), times(7); !slices.Equal(a, b) {
		t.Errorf("seed 7 gave %v, then %v", a, b)
	}
	if a, b := times(7), times(8); slices.Equal(a, b) {
		t.Errorf("seeds 7 and 8 gave the same: %v", a)
	}
}

func BenchmarkLan(b *testing.B)  { benchmarkExchange(b, Profile{}) }
func Benchmark4G(b *testing.B)   { benchmarkExchange(b, measured("4g", Cubic)) }
func BenchmarkWifi(b *testing.B) { benchmarkExchange(b, measured("poor-wifi", Cubic)) }

// benchmarkExchange is one 100 kB request after another on one connection.
func benchmarkExchange(b *testing.B, p Profile) {
	bench := newBench(b, p, 1)
	n := 0
	var x Exchange
	var ask func()
	again := party{
		func(e *Exchange) { e.Answer(&Reply{Bytes: 100_000}) },
		func(qoe.Failure) {
			if n++; n < b.N {
				ask()
			}
		},
	}
	ask = func() { bench.model.Do(&x, "edge", 400, &again) }
	b.ReportAllocs()
	ask()
	bench.run(200 * 365 * 24 * time.Hour)
	if n < b.N {
		b.Fatalf("%d of %d exchanges done", n, b.N)
	}
}

// A laptop that wakes up has no connections: the next request pays for a new one.
// One that is in use stays until its exchange is over.
func TestHangup(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	fresh := b.get("edge", 1000)
	b.run(time.Second)
	warm := b.get("edge", 1000)
	b.run(time.Second)
	busy := b.get("edge", 1_000_000)
	b.run(200 * ms)
	b.model.Hangup()
	b.run(10 * time.Second)
	if busy.failure != qoe.NoFailure || busy.ends != 1 {
		t.Errorf("exchange under way ended %d times, failure %q; want it untouched", busy.ends, busy.failure)
	}
	b.model.Hangup()
	again := b.get("edge", 1000)
	b.run(time.Second)
	if !near(again.took(), fresh.took()) || near(warm.took(), fresh.took()) {
		t.Errorf("took %v at first, %v warm, %v after hanging up; want the first and the last alike", fresh.took(), warm.took(), again.took())
	}
}

// TestLateBinding: 2.5 round trips of 100 ms are what a fresh connection without TLS
// takes, with the request's own 400 bytes 0.4 ms each.
func TestLateBinding(t *testing.T) {
	b := newBench(t, simple(100*ms), 1)
	first := b.ask("edge", Reply{}, nil) // makes a connection, until 200.4 ms
	b.run(150 * ms)
	second := b.ask("edge", Reply{}, nil) // would have one of its own at 250 ms
	b.run(30 * ms)
	third := b.ask("edge", Reply{}, nil) // and this one at 280 ms
	b.run(time.Second)
	for _, row := range []struct {
		x    *transfer
		want time.Duration
		why  string
	}{
		{first, 200400 * time.Microsecond, "a round trip for the connection, one for the answer"},
		{second, 150800 * time.Microsecond, "sent as the first is through, at 200.4 ms, not at 250 ms"},
		{third, 170400 * time.Microsecond, "sent on what was made for the second, at 250 ms, not at 280 ms"},
	} {
		if !near(row.x.took(), row.want) {
			t.Errorf("took %v; want %v: %s", row.x.took(), row.want, row.why)
		}
	}
	fourth, fifth, sixth := b.ask("edge", Reply{}, nil), b.ask("edge", Reply{}, nil), b.ask("edge", Reply{}, nil)
	b.run(time.Second)
	for i, x := range []*transfer{fourth, fifth, sixth} {
		if want := 100400 * time.Microsecond; !near(x.took(), want) {
			t.Errorf("request %d on connections that are there took %v; want %v", i+4, x.took(), want)
		}
	}
}
