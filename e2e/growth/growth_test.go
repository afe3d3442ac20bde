package growth

import (
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// hold fails the test for what grows, and prints how everything went.
func hold(t *testing.T, trends []Trend) {
	t.Helper()
	var table strings.Builder
	if err := Write(&table, trends); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &table)
	for _, trend := range trends {
		if trend.Cycles < 4 {
			t.Errorf("%s: read in %d cycles; want four at least", trend.Quantity, trend.Cycles)
		}
		if trend.Grows() {
			t.Errorf("%s: %.4g more an hour, surely over %.4g; %.4g are allowed", trend.Quantity, trend.PerHour/trend.Unit, trend.Within.Low/trend.Unit, trend.Bound/trend.Unit)
		}
	}
}

// lived makes sure that viewers did what leaks come of: they played, and everything went
// wrong that was to.
func lived(t *testing.T, c Course, sum *qoe.Summary) {
	t.Helper()
	m, zaps := sum.Metrics(), sum.Total.Zaps.Count()
	t.Logf("%d viewers for %v, playing %.0f %% of it: %v requests, %v of them failed; %v token calls, %v of them failed; %d zaps; %v died at least once",
		c.Viewers, c.Lasts, 100*m["played_seconds"]/m["watched_seconds"], m["requests"], m["failed_requests"], m["token_calls"], m["refresh_failures"], zaps, m["dead_viewers"])
	watched := float64(c.Viewers) * c.Lasts.Seconds()
	for what, short := range map[string]bool{
		"hours watched":          m["watched_seconds"] < 0.8*watched,
		"hours played":           m["played_seconds"] < 0.3*watched,
		"requests that failed":   m["failed_requests"] < float64(c.Cycles),
		"token calls that fail":  m["refresh_failures"] < float64(c.Cycles),
		"changes of the stream":  zaps < int64(c.Viewers),
		"tokens that were taken": m["installed_grants"] < float64(2*c.Viewers),
	} {
		if short {
			t.Errorf("too few %s for a leak to show", what)
		}
	}
}

// What is left behind at every reading is found, and what comes and goes is not.
func TestLeaksAreFound(t *testing.T) {
	var kept [][]byte
	stop := make(chan struct{})
	defer close(stop)
	var open []interface{ Close() error }
	defer func() {
		for _, o := range open {
			_ = o.Close() // nothing was written
		}
	}()
	for _, row := range []struct {
		why   string
		leak  func(k int) error
		grows []string
	}{
		{"nothing is left", func(int) error { return nil }, nil},
		{"memory comes and goes in every cycle", func(k int) error {
			kept = make([][]byte, 0, 4)
			for range k % 4 {
				kept = append(kept, make([]byte, 1<<20))
			}
			return nil
		}, nil},
		{"a cache is full after the ramp", func(k int) error {
			if k < 6 {
				kept = append(kept, make([]byte, 1<<20))
			}
			return nil
		}, nil},
		{"memory is kept", func(int) error { kept = append(kept, make([]byte, 64<<10)); return nil }, []string{"live heap, MiB"}},
		{"goroutines wait for ever", func(int) error {
			for range 3 {
				go func() { <-stop }()
			}
			return nil
		}, []string{"goroutines"}},
		{"a file stays open", func(int) error {
			f, err := os.Open(os.DevNull)
			open = append(open, f)
			return err
		}, []string{"descriptors"}},
		{"a connection stays open", func(int) error {
			l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			open = append(open, l)
			return err
		}, []string{"descriptors", "connections"}},
	} {
		var readings []Reading
		for k := range 4*8 + 1 { // eight cycles of four readings
			if err := row.leak(k); err != nil {
				t.Fatal(err)
			}
			r, err := Read(time.Duration(k) * time.Minute)
			if err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatalf("not known here, and CI allows no skips: %v", err)
				}
				t.Skipf("not known here: %v", err)
			}
			readings = append(readings, r)
		}
		var grows []string
		for _, trend := range Trends(readings, 4*time.Minute, 8*time.Minute, Bounds{Bound{0.01, 1 << 20}, Bound{0, 5}, Bound{0, 5}, Bound{0, 5}}) {
			if trend.Cycles != 6 {
				t.Errorf("%s: %d cycles of %s; want 6, without ramp and rest", row.why, trend.Cycles, trend.Quantity)
			}
			if trend.Grows() {
				grows = append(grows, trend.Quantity)
			}
		}
		if strings.Join(grows, ", ") != strings.Join(row.grows, ", ") {
			t.Errorf("%s: %q grow; want %q", row.why, grows, row.grows)
		}
	}
}

// A verdict is sure of itself, or says that it is not.
func TestVerdicts(t *testing.T) {
	course := func(of func(k int) float64) (all []Reading) {
		for k := range 41 {
			all = append(all, Reading{At: time.Duration(k) * time.Minute, Heap: of(k)})
		}
		return all
	}
	for _, row := range []struct {
		why  string
		of   func(k int) float64
		want string
	}{
		{"level", func(int) float64 { return 100 }, "flat"},
		{"within its bound", func(k int) float64 { return 100 + float64(k)/20 }, "flat"},
		{"over its bound", func(k int) float64 { return 100 + float64(k) }, "GROWS"},
		{"it shrinks", func(k int) float64 { return 1000 - 10*float64(k) }, "flat"},
		{"too noisy to tell", func(k int) float64 { return 100 + 50*math.Sin(float64(k*k)) }, "open"},
	} {
		got := Trends(course(row.of), 4*time.Minute, 0, Bounds{Heap: Bound{Share: 0.1}})[0]
		if got.Verdict() != row.want {
			t.Errorf("%s: %s, %+v; want %s", row.why, got.Verdict(), got, row.want)
		}
	}
	if got := Trends(nil, time.Minute, 0, Bounds{})[0]; got.Grows() || got.Cycles != 0 {
		t.Errorf("of no readings: %+v", got)
	}
}
