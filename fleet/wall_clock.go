package fleet

import (
	"time"
)

// progressEvery is how often Progress is told.
const progressEvery = 200 * time.Millisecond

// stopwatch measures real time.
func stopwatch() (elapsed func() time.Duration) {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// tell calls say with a fresh snapshot about five times a second, from one
// goroutine, until stop is called; stop says the last one and waits.
func tell(say func(Progress), snapshot func() Progress) (stop func()) {
	if say == nil {
		return func() {}
	}
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				say(snapshot())
			case <-done:
				say(snapshot())
				return
			}
		}
	}()
	return func() {
		close(done)
		<-finished
	}
}
