//go:build !linux || 386 || s390x

package http1

import (
	"errors"
	"sync/atomic"
)

// system can do nothing special here: not Linux, or where Linux has one call for all that
// is done with sockets (socketcall(2)).
type system struct{}

func (s *system) able() bool { return false }

func (k *conn) watch(bool) {}

func (k *conn) askSystem([]byte, *Buffers) (*[]byte, int, error) {
	return nil, 0, errors.ErrUnsupported
}

func (k *conn) canDrop() bool { return false }

func (k *conn) drop(n int64, _ *atomic.Int64) (int64, error) { return n, errors.ErrUnsupported }
