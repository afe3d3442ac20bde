package loop

import (
	"context"
	"testing"
	"time"
)

// ticker is a viewer of the simplest kind: eight timers that set themselves anew,
// as a player's and a refresher's do.
type ticker struct {
	loop  *Virtual
	left  *int
	every time.Duration
	fn    func()
}

func (t *ticker) fire() {
	if *t.left--; *t.left > 0 {
		t.loop.After(t.every, t.fn)
	}
}

func busy(l *Virtual, left *int) {
	for i := range 8 {
		t := &ticker{loop: l, left: left, every: time.Duration(100+37*i) * time.Millisecond}
		t.fn = t.fire
		l.After(t.every, t.fn)
	}
}

// BenchmarkVirtualLocal is an event of one loop that meets no other.
func BenchmarkVirtualLocal(b *testing.B) {
	w := NewWorld(epoch)
	left := b.N
	busy(w.Loop(), &left)
	b.ReportAllocs()
	if err := w.Run(context.Background(), epoch.AddDate(250, 0, 0)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkVirtualStop is a timer made and stopped, as every fetch's timeout is.
func BenchmarkVirtualStop(b *testing.B) {
	l := NewWorld(epoch).Loop()
	left := 1
	busy(l, &left)
	b.ReportAllocs()
	for b.Loop() {
		l.After(time.Second, nil).Stop()
	}
}

// BenchmarkVirtualSet is the same with a timer that is kept.
func BenchmarkVirtualSet(b *testing.B) {
	l := NewWorld(epoch).Loop()
	left := 1
	busy(l, &left)
	var t Timer
	b.ReportAllocs()
	for b.Loop() {
		l.Set(&t, time.Second, nil)
		t.Stop()
	}
}

// BenchmarkWorldShared is an event among 10,000 loops where every eighth visits
// something they share.
func BenchmarkWorldShared(b *testing.B) {
	w := NewWorld(epoch)
	left := b.N
	for i := range 10_000 {
		l := w.Loop()
		n := 0
		var fn func()
		fn = func() {
			if left--; left <= 0 {
				return
			}
			d := time.Duration(500+(i*7919)%100) * time.Millisecond
			if n++; n%8 == 0 {
				l.Share(d, fn)
			} else {
				l.After(d, fn)
			}
		}
		l.After(time.Duration(i)*time.Microsecond, fn)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := w.Run(context.Background(), epoch.AddDate(250, 0, 0)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWallPost(b *testing.B) {
	w := NewWall()
	ctx, cancel := context.WithCancel(context.Background())
	left := b.N
	b.ReportAllocs()
	go func() {
		for range b.N {
			w.Post(func() {
				if left--; left == 0 {
					cancel()
				}
			})
		}
	}()
	if err := w.Run(ctx); err != context.Canceled {
		b.Fatal(err)
	}
}
