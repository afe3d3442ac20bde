// Package soak holds no code: it is the house. The rooms are the packages below
// it, ARCHITECTURE.md says which may import which, and this package's tests hold
// every file to it.
package soak
