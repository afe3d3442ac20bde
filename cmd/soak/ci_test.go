package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func readRoot(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var aFlag = regexp.MustCompile(`(?:^|[\s(])--([a-z][a-z-]*)`)

// Every flag that the action, its script and the page give to soak run exists, and
// every command line on the page is read by the command as it stands.
func TestCIFlagsExist(t *testing.T) {
	cmd, other := new(app).runCommand(), new(app).compareCommand()
	page := readRoot(t, "docs/ci.md")
	for _, text := range []string{readRoot(t, "action.yml"), readRoot(t, "scripts/ci-run"), strings.ReplaceAll(page, "--depth 1", "")} {
		for _, m := range aFlag.FindAllStringSubmatch(text, -1) {
			if cmd.Flags().Lookup(m[1]) == nil && other.Flags().Lookup(m[1]) == nil {
				t.Errorf("neither soak run nor soak compare has a flag --%s", m[1])
			}
		}
	}
	lines := 0
	for line := range strings.Lines(page) {
		_, args, found := strings.Cut(strings.TrimSpace(line), "soak run ")
		if !found || strings.Contains(line, "`") {
			continue
		}
		lines++
		if err := new(app).runCommand().ParseFlags(strings.Fields(args)); err != nil {
			t.Errorf("soak run %s: %v", args, err)
		}
	}
	if lines < 2 {
		t.Errorf("docs/ci.md has %d command lines; want GitLab's and the first", lines)
	}
}

// The page's snippets are YAML, and what they give to the action it takes.
func TestCISnippets(t *testing.T) {
	blocks := strings.Split(readRoot(t, "docs/ci.md"), "```yaml\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("docs/ci.md has %d snippets; want GitHub's and GitLab's", len(blocks))
	}
	var github struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]any
			}
		}
	}
	var gitlab map[string]struct {
		Script    []string
		Artifacts struct{ Reports map[string]string }
	}
	for i, to := range []any{&github, &gitlab} {
		text, _, _ := strings.Cut(blocks[i], "```")
		if err := yaml.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	inputs := actionInputs(t)
	used := 0
	for _, step := range github.Jobs["tokens"].Steps {
		if !strings.HasPrefix(step.Uses, "OWNER/soak@") {
			continue
		}
		for name := range step.With {
			used++
			if !slices.Contains(inputs, name) {
				t.Errorf("the action takes no %s", name)
			}
		}
	}
	if used < 3 {
		t.Errorf("the snippet gives %d inputs to the action", used)
	}
	if junit := gitlab["soak"].Artifacts.Reports["junit"]; !strings.Contains(strings.Join(gitlab["soak"].Script, "\n"), "--junit "+junit+" ") {
		t.Errorf("GitLab reads %q, which soak does not write", junit)
	}
}

// actionInputs are the inputs of action.yml; each reaches the script, by a variable
// that it reads.
func actionInputs(t *testing.T) (names []string) {
	t.Helper()
	var action struct {
		Inputs map[string]struct{ Description, Default string }
		Runs   struct {
			Using string
			Steps []struct {
				Env map[string]string
				Run string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readRoot(t, "action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	script, last := readRoot(t, "scripts/ci-run"), action.Runs.Steps[len(action.Runs.Steps)-1]
	for name, input := range action.Inputs {
		names = append(names, name)
		if input.Description == "" {
			t.Errorf("input %s is not described", name)
		}
		variable := ""
		for v, from := range last.Env {
			if from == "${{ inputs."+name+" }}" {
				variable = v
			}
		}
		if variable == "" || !regexp.MustCompile(`\$\{?`+variable+`\b`).MatchString(script) {
			t.Errorf("input %s reaches the script as %q, which it does not read", name, variable)
		}
	}
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "inputs.") {
			t.Errorf("an input is put into shell code: %s", step.Run)
		}
	}
	return names
}
