package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"soak/reports"
	"soak/scenarios"
)

// job is one scenario to run and how to ask for it again.
type job struct {
	scenario scenarios.Scenario
	source   []string // arguments that name it: a file, --scenario NAME, or none
}

// load reads the scenarios that a command line names and applies its flags to
// each: files, or a built-in, or the default.
func (a *app) load(cmd *cobra.Command, builtin string, files []string) ([]job, error) {
	if builtin != "" && len(files) > 0 {
		return nil, usage(errors.New("name files or --scenario, not both"))
	}
	jobs, err := a.named(builtin, files)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		s := &jobs[i].scenario
		if err := errors.Join(applyOverrides(cmd, s), applyThresholds(cmd, s)); err != nil {
			return nil, usage(err)
		}
		if err := s.Validate(); err != nil {
			return nil, usage(fmt.Errorf("scenario %s: %w", s.Name, err))
		}
	}
	return jobs, nil
}

func (a *app) named(builtin string, files []string) ([]job, error) {
	if builtin != "" {
		s, err := scenarios.Builtin(builtin)
		if err != nil {
			return nil, usage(err)
		}
		return []job{{s, []string{"--scenario", builtin}}}, nil
	}
	if len(files) == 0 {
		return []job{{scenarios.Default(), nil}}, nil
	}
	var jobs []job
	for _, file := range files {
		s, err := a.read(file)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job{s, []string{quoted(file)}})
	}
	return jobs, nil
}

// read reads a scenario file, "-" for standard input, or the scenario inside a
// summary.json.
func (a *app) read(file string) (scenarios.Scenario, error) {
	data, err := a.bytes(file)
	if err != nil {
		return scenarios.Scenario{}, usage(fmt.Errorf("scenario file: %w", err))
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) && filepath.Ext(file) == ".json" {
		r, err := reports.Read(bytes.NewReader(data))
		if err != nil {
			return scenarios.Scenario{}, usage(fmt.Errorf("%s: %w", file, err))
		}
		data = []byte(r.Repeat.File)
	}
	s, err := scenarios.Parse(file, data)
	if err != nil {
		return scenarios.Scenario{}, usage(err)
	}
	return s, nil
}

// largest bounds what is read into memory; scenarios bound their own files.
const largest = 64 << 20

func (a *app) bytes(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(a.stdin, largest))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, largest))
}
