package logging

import (
	"errors"
	"fmt"
	"net"
)

// WithoutAddresses is a network error without the client's address, which such
// errors carry. It returns other errors as they are.
func WithoutAddresses(err error) error {
	var failed *net.OpError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", failed.Op, failed.Err)
	}
	return err
}
