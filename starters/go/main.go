// Command starter-service reads the environment once and serves until it is told to stop.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// How long a stop waits for running requests before it cuts them off.
const stopLimit = 12 * time.Second

func main() {
	// One JSON object a line on standard output.
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	port := cmp.Or(os.Getenv("PORT"), "8080")
	if number, err := strconv.ParseUint(port, 10, 16); err != nil {
		slog.Error("the configuration is wrong",
			"problem", "PORT must be a whole number from 0 to 65535, not "+strconv.Quote(port))
		os.Exit(2)
	} else {
		port = strconv.FormatUint(number, 10)
	}
	// VERSION and REVISION come from the image's build.
	built := builtFrom{cmp.Or(os.Getenv("VERSION"), "unknown"), cmp.Or(os.Getenv("REVISION"), "unknown")}
	if err := serve(net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "0.0.0.0"), port), built); err != nil {
		slog.Error("failed", "error", err)
		os.Exit(1)
	}
}

// serve runs until SIGTERM or SIGINT: then no new connections, and running requests end.
func serve(address string, built builtFrom) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(built), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	slog.Info("listening", "port", listener.Addr().(*net.TCPAddr).Port, "version", built.Version)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	limit, done := context.WithTimeout(context.Background(), stopLimit)
	defer done()
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	slog.Info("stopped")
	return nil
}

func handler(built builtFrom) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		status, body := answer(request.Method, request.URL.Path, built)
		writer.Header().Set("Content-Type", "application/json; charset=utf-8")
		writer.WriteHeader(status)
		if request.Method != http.MethodHead {
			_ = json.NewEncoder(writer).Encode(body)
		}
		slog.Info("request", "method", request.Method, "path", request.URL.Path, "status", status)
	})
}
