//go:build e2e

package e2e

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHazards plays the whole library, hazards and drills, as a user would. It
// takes well under a minute on two idle cores; the bound is for busy ones.
func TestHazards(t *testing.T) {
	bin := soak(t)
	began := time.Now()
	cmd := exec.CommandContext(bounded(t, 3*time.Minute), bin, "run", "--suite", "hazards", "--virtual", "--out", filepath.Join(t.TempDir(), "suite.json"))
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(said), "PASS") {
		t.Errorf("%v\n%s", err, said)
	}
	t.Logf("the library took %v", time.Since(began).Round(time.Second))
}

// TestHazardsOnTheWall plays a few short hazards over sockets, side by side. What
// the library expects must hold there too, and the fate of viewers must be that of
// the virtual run.
func TestHazardsOnTheWall(t *testing.T) {
	t.Parallel() // after the tests that want the machine to themselves
	bin := soak(t)
	for _, row := range []struct{ name, transport string }{
		{"h06-expires-missing", "auto"}, {"h15-no-op-modifier", "auto"}, {"h16-decoy", "auto"}, {"h14-baked-token-mpd", "auto"},
		{"h39-first-call-fails", "lean"}, {"h39-first-call-fails", "net"},
	} {
		t.Run(row.name+" "+row.transport, func(t *testing.T) {
			t.Parallel()
			wall, virtual := hazard(t, bin, row.name, "--transport", row.transport), hazard(t, bin, row.name, "--virtual")
			for _, metric := range []string{"viewers", "started_viewers", "noticed_viewers", "dead_viewers"} {
				if wall[metric] != virtual[metric] {
					t.Errorf("%s is %v on the wall, %v in virtual time", metric, wall[metric], virtual[metric])
				}
			}
			for _, metric := range []string{"failed_requests", "token_calls", "played_seconds"} {
				if math.Abs(wall[metric]-virtual[metric]) > 0.15*virtual[metric]+4 {
					t.Errorf("%s is %v on the wall, %v in virtual time; want within 15 %%", metric, wall[metric], virtual[metric])
				}
			}
		})
	}
}

// hazard plays one scenario, which must come out as expected, and returns its
// metrics. A busy machine gets a second chance: saturated runs judge nothing.
func hazard(t *testing.T, bin, name string, flags ...string) map[string]float64 {
	t.Helper()
	const saturated = 4
	out := filepath.Join(t.TempDir(), "summary.json")
	for tries := 1; ; tries++ {
		cmd := exec.CommandContext(bounded(t, 2*time.Minute), bin, append([]string{"run", "--scenario", name, "--out", out}, flags...)...)
		said, err := cmd.CombinedOutput()
		if err == nil {
			break
		}
		t.Logf("%s %v: %v: %s", name, flags, err, missed(said))
		if cmd.ProcessState.ExitCode() != saturated || tries == 2 {
			t.Fatalf("%s %v: %v\n%s", name, flags, err, said)
		}
	}
	text, err := os.ReadFile(out)
	var s summary
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Metrics
}

// missed is what a report says of thresholds that do not hold, in one line.
func missed(report []byte) string {
	var all []string
	for line := range strings.Lines(string(report)) {
		if strings.Contains(line, "✗") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return strings.Join(all, " · ")
}
