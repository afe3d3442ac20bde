package live

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"soak/lab"
)

// docs/live.md lists what can be injected.
func TestDocsListInjections(t *testing.T) {
	text, err := os.ReadFile("../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range lab.InjectionKinds() {
		if row := fmt.Sprintf("| `%s` | %s |", k.Name, k.Does); !strings.Contains(string(text), row) {
			t.Errorf("docs/live.md has no row %s", row)
		}
	}
	if got, want := strings.Count(string(text), "\n| `"), len(lab.InjectionKinds()); got != want {
		t.Errorf("docs/live.md lists %d faults; there are %d", got, want)
	}
}
