package player

import (
	"context"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// clockWorld is a World without a network: a clock and a list of samples.
type clockWorld struct {
	*loop.Virtual
	world   *loop.World
	samples []qoe.Sample
}

func newClockWorld() *clockWorld {
	w := loop.NewWorld(epoch)
	return &clockWorld{Virtual: w.Loop(), world: w}
}

func (c *clockWorld) Date() time.Time                                 { return c.Now() }
func (c *clockWorld) Poll(t *loop.Timer, d time.Duration, fn func())  { c.Set(t, d, fn) }
func (c *clockWorld) Media(t *loop.Timer, d time.Duration, fn func()) { c.Set(t, d, fn) }
func (c *clockWorld) Fetch(Request, func(*Response)) Transfer         { panic("an element fetches nothing") }
func (c *clockWorld) Parse(manifest.Address, string, []byte) (*manifest.Presentation, error) {
	panic("an element parses nothing")
}
func (c *clockWorld) ParseChild(_, _ *manifest.Presentation, _ manifest.Address, _ string, _ []byte) (*manifest.Presentation, error) {
	panic("an element parses nothing")
}
func (c *clockWorld) Update(_, _ *manifest.Presentation) (*manifest.Presentation, error) {
	panic("an element parses nothing")
}
func (c *clockWorld) Emit(s qoe.Sample) { c.samples = append(c.samples, s) }
func (c *clockWorld) wait(d time.Duration) {
	if err := c.world.Run(context.Background(), c.Now().Add(d)); err != nil {
		panic(err)
	}
}

func sum[T qoe.Sample](samples []qoe.Sample, of func(T) time.Duration) (total time.Duration, n int) {
	for _, s := range samples {
		if v, ok := s.(T); ok {
			total += of(v)
			n++
		}
	}
	return total, n
}

// Whatever is done to an element, its buffer is never negative, the playhead
// never stands beyond the buffer it plays, every instant is booked exactly once,
// and what it tells the world adds up to what it booked.
func TestElementAccounts(t *testing.T) {
	media := []qoe.Media{qoe.Video, qoe.Audio}
	second := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 60_000).Draw(t, "ms")) * time.Millisecond
	})
	rapid.Check(t, func(t *rapid.T) {
		w := newClockWorld()
		e := newElement(newStopwatch(w), epoch)
		e.ready = 250 * time.Millisecond
		e.hole = time.Duration(rapid.SampledFrom([]int{0, 100}).Draw(t, "hole")) * time.Millisecond
		e.require(media...)
		rates := []float64{1}
		if rapid.Bool().Draw(t, "speeds") {
			rates = []float64{0.5, 1, 1.1, 2}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m := rapid.SampledFrom(media).Draw(t, "media")
			from := second.Draw(t, "from")
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0, 1, 2, 3:
				e.append(m, from, from+second.Draw(t, "long"), 1000)
			case 4:
				e.remove(m, from, from+second.Draw(t, "long"))
			case 5:
				e.pause()
			case 6:
				e.play()
			case 7:
				e.seek(from)
			case 8:
				e.setRate(rapid.SampledFrom(rates).Draw(t, "rate"))
			case 9:
				e.endOfStream(rapid.Bool().Draw(t, "complete"))
			}
			w.wait(second.Draw(t, "wait") / 4)
			checkElement(t, w, e)
		}
		checkLeave(t, w, e, len(rates) == 1)
	})
}

func checkElement(t *rapid.T, w *clockWorld, e *element) {
	if e.playable() < 0 || e.ahead(qoe.Video, 0) < 0 {
		t.Fatalf("playable %v, ahead %v; want none negative", e.playable(), e.ahead(qoe.Video, 0))
	}
	e.book()
	var booked time.Duration
	for _, d := range e.spent {
		booked += d
	}
	if wall := e.now().Sub(e.wished); booked != wall {
		t.Fatalf("booked %v of %v", booked, wall)
	}
	if e.status == playing && e.run() <= e.pos {
		t.Fatalf("plays at %v with nothing to play", e.pos)
	}
	if behind := e.pos - e.seen; e.status == playing && (behind < 0 || behind > e.scaled(soundAlone)) {
		t.Fatalf("plays at %v, %v without video; want at most %v", e.pos, behind, soundAlone)
	}
}

func checkLeave(t *rapid.T, w *clockWorld, e *element, normal bool) {
	e.stop()
	leave := w.samples[len(w.samples)-1].(qoe.Leave)
	stalled, _ := sum(w.samples, func(s qoe.Stall) time.Duration { return s.Took })
	startup, starts := sum(w.samples, func(s qoe.Startup) time.Duration { return s.Took })
	if stalled != e.spent[waiting] {
		t.Fatalf("stalls of %v told, %v booked", stalled, e.spent[waiting])
	}
	if starts > 1 || starts == 1 && startup < e.spent[starting] || starts == 0 && e.played > 0 {
		t.Fatalf("%d starts after %v, %v booked, %v played", starts, startup, e.spent[starting], e.played)
	}
	if normal && leave.Played != e.spent[playing] {
		t.Fatalf("played %v of media in %v at speed 1", leave.Played, e.spent[playing])
	}
	if leave.Watched != w.Now().Sub(epoch) || leave.Played < 0 || leave.BitTime > 1000*leave.Played.Seconds()+1e-6 {
		t.Fatalf("leave %+v after %v", leave, w.Now().Sub(epoch))
	}
	before := len(w.samples)
	e.append(qoe.Video, 0, time.Hour, 1)
	e.append(qoe.Audio, 0, time.Hour, 1)
	e.stop()
	w.wait(time.Minute)
	if len(w.samples) != before {
		t.Fatalf("samples after leaving: %v", w.samples[before:])
	}
}

func TestElementLife(t *testing.T) {
	w := newClockWorld()
	e := newElement(newStopwatch(w), epoch.Add(-time.Second))
	e.ready = 250 * time.Millisecond
	e.require(qoe.Video, qoe.Audio)
	var heard []string
	e.onPlaying = func() { heard = append(heard, "playing") }
	e.onWaiting = func() { heard = append(heard, "waiting") }
	e.onEnded = func() { heard = append(heard, "ended") }

	w.wait(500 * time.Millisecond)
	e.append(qoe.Video, 0, 4*time.Second, 800)
	if e.moving() {
		t.Error("moves with video only; audio is required")
	}
	w.wait(500 * time.Millisecond)
	e.append(qoe.Audio, 0, 2*time.Second, 64)
	w.wait(5 * time.Second) // plays 2 s, stalls 3 s
	if got := e.position(); got != 2*time.Second {
		t.Errorf("position %v; want 2 s, where audio ends", got)
	}
	e.append(qoe.Audio, 2*time.Second, 2100*time.Millisecond, 64)
	if e.moving() {
		t.Error("moves with 0.1 s; want 0.25 s first")
	}
	e.append(qoe.Audio, 2100*time.Millisecond, 3900*time.Millisecond, 64)
	e.endOfStream(true)
	w.wait(10 * time.Second)
	e.stop()

	want := []string{"playing", "waiting", "playing", "ended"}
	if len(heard) != len(want) {
		t.Fatalf("heard %v; want %v", heard, want)
	}
	for i := range want {
		if heard[i] != want[i] {
			t.Fatalf("heard %v; want %v", heard, want)
		}
	}
	if s := w.samples[0].(qoe.Startup); s.Took != 2*time.Second {
		t.Errorf("startup %v; want 2 s, counted from the wish", s.Took)
	}
	if s := w.samples[1].(qoe.Stall); s.Took != 3*time.Second || !s.At.Equal(epoch.Add(3*time.Second)) {
		t.Errorf("stall %+v; want 3 s at 3 s", s)
	}
	leave := w.samples[2].(qoe.Leave)
	if leave.Played != 4*time.Second || math.Abs(leave.BitTime-3200) > 1e-6 {
		t.Errorf("leave %+v; want 4 s (the longer track) at 800 bit/s", leave)
	}
}

// lateWorld never fires a timer: the loop of a saturated machine.
type lateWorld struct {
	*clockWorld
	now time.Time
}

func (l *lateWorld) Now() time.Time                           { return l.now }
func (l *lateWorld) Since() time.Duration                     { return l.now.Sub(epoch) }
func (l *lateWorld) Media(*loop.Timer, time.Duration, func()) {}

// On a real loop timers are late. A stall begins when the buffer ends, not when
// that was noticed.
func TestElementStallsOnTimeWithLateTimers(t *testing.T) {
	w := &lateWorld{clockWorld: newClockWorld(), now: epoch}
	e := newElement(newStopwatch(w), epoch)
	e.require(qoe.Video)
	e.append(qoe.Video, 0, 2*time.Second, 1)
	w.now = epoch.Add(5 * time.Second)
	e.append(qoe.Video, 2*time.Second, 4*time.Second, 1)
	if s, ok := w.samples[len(w.samples)-1].(qoe.Stall); !ok || s.Took != 3*time.Second {
		t.Errorf("samples %+v; want a stall of 3 s", w.samples)
	}
}

func TestElementLatency(t *testing.T) {
	w := newClockWorld()
	e := newElement(newStopwatch(w), epoch)
	e.edge = func() (time.Duration, bool) { return 10*time.Second + w.Now().Sub(epoch), true }
	e.require(qoe.Video)
	e.seek(4 * time.Second)
	e.append(qoe.Video, 0, time.Minute, 1)
	w.wait(10 * time.Second)
	e.seek(16 * time.Second) // 2 s nearer
	w.wait(10 * time.Second)
	e.stop()
	if got := w.samples[len(w.samples)-1].(qoe.Leave).Latency; got != 5*time.Second {
		t.Errorf("mean latency %v; want 5 s: half at 6, half at 4", got)
	}
}
