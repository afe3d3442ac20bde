package lab

import (
	"testing"
	"time"
)

// What is told of a call beforehand is what the token API then does.
func TestFateIsWhatHappens(t *testing.T) {
	api := API{Latency: Lognormal(time.Second, 1), FailureRate: 0.2, HangRate: 0.1}
	l, err := New(Config{API: api}, 7, moment)
	if err != nil {
		t.Fatal(err)
	}
	failed, hung := 0, 0
	for viewer := range 20 {
		for call := 1; call <= 20; call++ {
			a := l.Token(Request{Path: "/api/token", RawQuery: "video=live&expire=60", Viewer: viewer, Call: call}, moment)
			f := api.Fate(7, viewer, call)
			if a.Delay != f.Latency || a.Hang != f.Hangs || (a.Status != 200) != (f.Status != 0) {
				t.Fatalf("viewer %d, call %d: answered %d after %v, hangs %v; foretold %+v", viewer, call, a.Status, a.Delay, a.Hang, f)
			}
			failed, hung = failed+min(f.Status, 1), hung+map[bool]int{true: 1}[f.Hangs]
		}
	}
	if failed < 40 || failed > 120 || hung < 15 || hung > 70 {
		t.Errorf("%d failed and %d hung of 400; want about 80 and 40", failed, hung)
	}
}
