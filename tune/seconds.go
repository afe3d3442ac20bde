package tune

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Seconds is a duration that JSON shows as a number of seconds.
type Seconds time.Duration

// Duration is the same as one.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// String is that of a time.Duration: 1m30s.
func (s Seconds) String() string { return time.Duration(s).String() }

// MarshalJSON writes seconds with at most nine decimals.
func (s Seconds) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).Seconds()) }

// UnmarshalJSON reads seconds.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	var v float64
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("seconds: %w", err)
	}
	if math.Abs(v) > math.MaxInt64/1e9 {
		return fmt.Errorf("seconds: %g is out of range", v)
	}
	*s = Seconds(math.Round(v * 1e9))
	return nil
}
