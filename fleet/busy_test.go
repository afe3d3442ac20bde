//go:build unix && !race

// With the race detector a machine is busy in any case.

package fleet

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seize takes the machine away from this process for 0.4 s at a time, as one does that
// has too much to do.
const seize = `for turn in 1 2 3 4; do kill -STOP "$1"; sleep 0.4; kill -CONT "$1"; sleep 0.1; done`

// Past what the machine can do the verdict is invalid: here others take nearly all of it
// as soon as viewers play.
func TestBusyMachinesAreNoticed(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	others := exec.Command("sh", "-c", seize, "seize", strconv.Itoa(os.Getpid())) // never killed: it has to let go
	taken := make(chan error, 1)
	playing := false
	r, err := Run(ctx, short(3, 20*time.Second), Options{Progress: func(p Progress) {
		if p.Playing == 0 || playing {
			return
		}
		playing = true
		go func() {
			defer stop()
			taken <- others.Run()
		}()
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !playing {
		t.Fatal("nobody plays")
	}
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	if why := strings.Join(r.Health.Saturated(), "\n"); !strings.Contains(why, " late: p99 ") {
		t.Errorf("saturated by %q, health %+v; want late timers, or requests", why, r.Health)
	}
}
