package scenarios

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed library/*.yaml
var library embed.FS

// Entry is a built-in scenario as a list shows it.
type Entry struct {
	Name  string
	Title string
	Why   string
}

// List is the built-in scenarios, the default first, then by name.
func List() []Entry {
	var entries []Entry
	for _, name := range names() {
		// A test parses them all.
		s, _ := Builtin(name)
		entries = append(entries, Entry{Name: name, Title: s.Title, Why: s.Why})
	}
	return entries
}

// names lists the files of the library, the default first.
func names() []string {
	files, _ := library.ReadDir("library") // sorted; the directory is compiled in
	list := []string{"default"}
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), ".yaml"); name != "default" {
			list = append(list, name)
		}
	}
	return list
}

// Builtin is the built-in scenario of that name.
func Builtin(name string) (Scenario, error) {
	text, err := Show(name)
	if err != nil {
		return Scenario{}, err
	}
	return Parse(name+".yaml", text)
}

// editorLine, the first of every file of the library, tells editors with the YAML
// language server (redhat.com's; VS Code, Neovim, Helix …) where the schema is. The
// address is relative to the file, since soak has none on the web.
const (
	editorLine = "# yaml-language-server: $schema=../schema.json\n"
	shownLine  = "# yaml-language-server: $schema=soak.schema.json\n" +
		"# ↑ for completion in editors, once in this folder: soak scenarios schema > soak.schema.json\n"
)

// Show is the file of a built-in scenario, comments included: a start for one's
// own. Its schema is expected beside it.
func Show(name string) ([]byte, error) {
	text, err := library.ReadFile(path.Join("library", path.Base(name)+".yaml"))
	if err != nil || path.Base(name) != name {
		return nil, fmt.Errorf("scenario %.60q is not built in; %s", name, didYouMean(name, names()))
	}
	return append([]byte(shownLine), bytes.TrimPrefix(text, []byte(editorLine))...), nil
}
