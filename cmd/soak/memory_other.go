//go:build !linux

package main

// hugePages does nothing where the kernel gives large pages by itself, or never.
func hugePages(int64) error { return nil }
