//go:build e2e

package growth

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"soak/fleet"
	"soak/lab"
	"soak/loop"
	"soak/scenarios"
)

var (
	long    = flag.Duration("long", 36*time.Second, "how long the run over sockets lasts")
	viewers = flag.Int("viewers", 24, "how many viewers watch over sockets")
)

// labOnly lets this program be the lab, for another of its kind.
const labOnly = "GROWTH_LAB"

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(labOnly) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func course() Course { return Course{Viewers: *viewers, Lasts: *long, Cycles: 12, Filling: 2} }

// serve is the lab until standard input ends, as it does with the parent.
func serve() error {
	site, err := lab.New(course().Lab(2*time.Second), 1, time.Now())
	if err != nil {
		return err
	}
	server, err := site.Listen(context.Background(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		return err
	}
	fmt.Println(server.API)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return server.Close()
}

// startLab starts the lab and returns its token API.
func startLab(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-long", long.String(), "-viewers", fmt.Sprint(*viewers))
	cmd.Env, cmd.Stderr = append(os.Environ(), labOnly+"=1"), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stdin.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("lab: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("lab: %v", err)
	}
	return strings.TrimSpace(line)
}

// Nothing grows in this process while viewers play over sockets.
func TestNothingGrowsOverSockets(t *testing.T) {
	c := course()
	sc := c.Scenario()
	sc.Target = scenarios.Target{
		TokenAPI: &scenarios.TokenAPI{URL: startLab(t) + "?video={video}&type={type}&expire={expire}"},
		Videos:   scenarios.Videos{Live: "live", VOD: "vod"},
	}
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	read := make(chan []Reading)
	go func() { read <- watch(ctx, t, began, c.Cycle()/20) }()
	r, err := fleet.Run(t.Context(), sc, fleet.Options{Causes: true, Standings: true})
	stop()
	readings := <-read
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d connections by %s; timers late p99 %v; %.0f %% of %d cores", r.Health.Dials, r.Health.Transport, r.Health.LatenessP99, 100*r.Health.CPU, r.Health.CPUs)
	lived(t, c, r.Summary)
	hold(t, Trends(readings, c.Cycle(), c.Ramp(), socketBounds(c)))
}

// watch reads this process until ctx is done.
func watch(ctx context.Context, t *testing.T, began time.Time, every time.Duration) (all []Reading) {
	for loop.Sleep(ctx, every) == nil {
		r, err := Read(time.Since(began))
		if err != nil {
			t.Error(err)
			return all
		}
		all = append(all, r)
	}
	return all
}
