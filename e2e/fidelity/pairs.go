package fidelity

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"soak/scenarios"
)

//go:embed pairs
var pairFiles embed.FS

// Pairs are the names of all pairs, in alphabetical order. Those against nginx and
// ffmpeg begin with "nginx/".
func Pairs() ([]string, error) {
	var names []string
	err := fs.WalkDir(pairFiles, "pairs", func(file string, entry fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(file, ".yaml"); ok && err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(name, "pairs/"))
		}
		return err
	})
	return names, err
}

// Pair is the scenario of that name.
func Pair(name string) (scenarios.Scenario, error) {
	file := path.Join("pairs", name+".yaml")
	text, err := pairFiles.ReadFile(file)
	if err != nil {
		return scenarios.Scenario{}, fmt.Errorf("pair %q: %w", name, err)
	}
	return scenarios.Parse(file, text)
}

// onNginx tells whether a pair is played against nginx and ffmpeg, where only
// sockets reach.
func onNginx(name string) bool { return strings.HasPrefix(name, "nginx/") }
