package loop

import (
	"runtime"
	"testing"
	"time"
	"weak"
)

// A timer that has fired or was stopped is held by nobody: it may be a part of a player
// that is long gone, on a loop whose other timers go on.
func TestTimersThatAreOverAreForgotten(t *testing.T) {
	world := NewWorld(time.Unix(1_800_000_000, 0))
	l := world.Loop()
	for h := range 40 {
		l.After(time.Duration(h+10)*time.Hour, func() {})
	}
	type player struct {
		timer, other Timer
		buffer       [1000]byte
	}
	var gone []weak.Pointer[player]
	for i := range 20 {
		p := new(player)
		l.Set(&p.timer, time.Duration(i)*time.Hour+time.Minute, func() { p.buffer[0]++ })
		l.Set(&p.other, 1000*time.Hour, func() { p.buffer[0]++ })
		l.After(time.Duration(i)*time.Hour+2*time.Minute, func() { p.other.Stop() })
		gone = append(gone, weak.Make(p))
	}
	if err := world.Run(t.Context(), time.Unix(1_800_000_000, 0).Add(30*time.Hour)); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	for i, p := range gone {
		if p.Value() != nil {
			t.Errorf("the loop holds on to player %d, whose timers are over", i)
		}
	}
	runtime.KeepAlive(l)
	runtime.KeepAlive(world)
}
