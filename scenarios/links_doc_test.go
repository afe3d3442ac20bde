package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"soak/netem"
)

// The manual of links names every key and every built-in, and what it shows is what is
// read.
func TestLinksManual(t *testing.T) {
	text, err := os.ReadFile("../docs/links.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	for _, key := range keysOf(reflect.TypeFor[netem.Profile]()) {
		if key != "name" && !strings.Contains(manual, "`"+key+"`") {
			t.Errorf("docs/links.md does not tell of the key %s", key)
		}
	}
	for _, name := range netem.Builtins() {
		if !strings.Contains(manual, "\n| "+name+" |") {
			t.Errorf("docs/links.md does not tell of %s", name)
		}
	}
	_, shown, _ := strings.Cut(manual, "```yaml\n")
	shown, _, _ = strings.Cut(shown, "```")
	sc, err := Parse("docs/links.md", []byte("version: 1\n"+shown))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "traces"), 0o755); err != nil {
		t.Fatal(err)
	}
	trace := []byte(`{"latency_ms": 70, "periods": [[1000, 500], [1000, 0]]}`)
	if err := os.WriteFile(filepath.Join(dir, "traces", "train.json"), trace, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sc.ReadTraces(dir); err != nil {
		t.Fatal(err)
	}
	if err := sc.Validate(); err != nil {
		t.Fatal(err)
	}
	mix := sc.Viewers.Mix
	if len(mix) != 4 || mix[1].Link.Congestion != netem.Cubic || mix[1].Link.Loss != 0.02 || !mix[2].Link.Scatter || !mix[2].Link.TLS ||
		mix[3].Link.Loss != 0.005 || mix[3].Link.Queue != 100 || len(mix[3].Link.Steps) != 2 {
		t.Errorf("%+v; want what docs/links.md says", mix)
	}
}
