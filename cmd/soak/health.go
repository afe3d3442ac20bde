package main

import (
	"fmt"

	"soak/fleet"
	"soak/reports"
)

// healthOf is the generator's health as reports have it.
func healthOf(h fleet.Health) *reports.Health {
	r := &reports.Health{
		Course:      healthCourse(h),
		LatenessP50: reports.Seconds(h.LatenessP50), LatenessP99: reports.Seconds(h.LatenessP99), LatenessMax: reports.Seconds(h.LatenessMax),
		DispatchP50: reports.Seconds(h.Dispatch.P50), DispatchP99: reports.Seconds(h.Dispatch.P99), DispatchMax: reports.Seconds(h.Dispatch.Max),
		ArrivalP50: reports.Seconds(h.Arrival.P50), ArrivalP99: reports.Seconds(h.Arrival.P99), ArrivalMax: reports.Seconds(h.Arrival.Max),
		CPU: h.CPU, CPUs: h.CPUs, GC: h.GC, Paused: h.Paused, PauseMax: reports.Seconds(h.PauseMax), Files: h.Files, FilesMax: h.FilesMax,
		Dials: h.Dials, DialsFailed: h.DialsFailed, Transport: h.Transport, Warnings: h.Warnings, Saturated: h.Saturated(),
	}
	for _, s := range h.Shortages {
		r.Shortages = append(r.Shortages, reports.Shortage{Error: s.Error, Count: s.Count, First: reports.Seconds(s.First)})
	}
	return r
}

func healthCourse(h fleet.Health) *reports.HealthCourse {
	course := &reports.HealthCourse{Seconds: reports.Seconds(h.Every)}
	for _, s := range h.Course {
		course.CPU = append(course.CPU, s.CPU)
		course.LatenessP99 = append(course.LatenessP99, reports.Seconds(s.LatenessP99))
		course.LatenessMax = append(course.LatenessMax, reports.Seconds(s.LatenessMax))
		course.DispatchP99 = append(course.DispatchP99, reports.Seconds(s.DispatchP99))
		course.GC = append(course.GC, s.GC)
		course.Paused = append(course.Paused, s.Paused)
		course.Files = append(course.Files, s.Files)
		course.Shortages = append(course.Shortages, s.Shortages)
	}
	return course
}

// doubt tells of something about a run that may go wrong on this machine.
func (a *app) doubt(what string) { fmt.Fprintf(a.stderr, "soak: doubtful: %s\n", what) }
