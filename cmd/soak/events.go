package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"soak/events"
	"soak/fleet"
	"soak/scenarios"
)

// recording is a file of events being written; nil when nobody wants one. It grows
// during the run under its own name: what a kill leaves can be read.
type recording struct {
	file   *os.File
	writer *events.Writer
}

func startRecording(files jobFiles, from origin, virtual bool, s scenarios.Scenario) (*recording, error) {
	path := files.events
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	head := events.Head{Soak: from.soak, Virtual: virtual, Diaries: files.page != "", Command: from.repeat.Command, File: from.repeat.File, Scenario: hidden(s)}
	return &recording{f, events.NewWriter(f, strings.HasSuffix(path, ".gz"), head)}, nil
}

// observer watches the run. One that writes nothing would still cost something, so
// there is none then.
func (r *recording) observer() *fleet.Observer {
	if r == nil {
		return nil
	}
	return r.writer.Observer()
}

// end ends the file. Of a run that never began no file stays.
func (r *recording) end(result *fleet.Result) error {
	if r == nil {
		return nil
	}
	if result == nil {
		return r.forget()
	}
	shown := *result
	shown.Scenario = hidden(result.Scenario)
	file, err := shown.Scenario.YAML()
	if err := errors.Join(err, r.writer.Close(&shown, string(file)), r.file.Close()); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

// forget removes the file; a pipe, a device or a link to it stays.
func (r *recording) forget() error {
	target, whole, err := targetOf(r.file.Name())
	err = errors.Join(err, r.file.Close())
	if whole {
		err = errors.Join(err, os.Remove(target))
	}
	return err
}
