package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresError gives err its class, by SQLSTATE. What is neither an answer of the server nor the end of ctx's caller means that the
// connection is lost.
func postgresError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		var ce *pgconn.ConnectError
		if errors.As(err, &ce) || pgconn.Timeout(err) || isConnError(err) {
			return lostError(err)
		}
		return err
	}
	switch pe.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return fmt.Errorf("%w: %w", errAgain, err)
	case "53100":
		return &dbError{ErrDiskFull, err}
	case "25006": // read-only: a standby
		return &dbError{ErrUnavailable, err}
	case "57014": // canceled by the operator or a time limit
		return err
	}
	switch pe.Code[:2] {
	case "23":
		return &dbError{ErrConflict, err}
	case "08", "53", "57": // connection, resources of the server, shutdown
		return lostError(err)
	}
	return err
}

// isConnError reports whether err comes from the network, or from pgx finding the connection closed.
func isConnError(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed")
}

func lostError(err error) error {
	return &dbError{ErrUnavailable, fmt.Errorf("%w: %w", errLost, err)}
}
