package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// The test binary, started again as the service itself: a process, as the image runs it.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_SERVICE") == "1" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type line map[string]any

// start runs the service on a free port and reads its first log line.
func start(t *testing.T, environment ...string) (*exec.Cmd, *bufio.Scanner, line) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append([]string{"RUN_SERVICE=1", "HOST=127.0.0.1", "PORT=0"}, environment...)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatal("it says nothing")
	}
	return command, lines, parse(t, lines.Bytes())
}

func parse(t *testing.T, text []byte) (parsed line) {
	t.Helper()
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatalf("%s is not JSON: %v", text, err)
	}
	return parsed
}

func TestAnswersUntilItIsStopped(t *testing.T) {
	command, lines, first := start(t, "VERSION=1.2.3", "REVISION=abc1234")
	url := fmt.Sprintf("http://127.0.0.1:%v/version", first["port"])
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	var body line
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if body["service"] != "starter-service" || body["version"] != "1.2.3" || body["revision"] != "abc1234" {
		t.Errorf("it says %v", body)
	}
	_ = command.Process.Signal(syscall.SIGTERM)
	var last line
	for lines.Scan() {
		last = parse(t, lines.Bytes())
	}
	if err := command.Wait(); err != nil || last["msg"] != "stopped" {
		t.Errorf("it ends with %v after %v", err, last)
	}
}

func TestAWrongPortStopsItWithExitCode2(t *testing.T) {
	command, _, first := start(t, "PORT=eighty")
	_ = command.Wait()
	if command.ProcessState.ExitCode() != 2 || first["problem"] == nil {
		t.Errorf("it ends with %d and says %v", command.ProcessState.ExitCode(), first)
	}
}

func TestRoutes(t *testing.T) {
	for _, each := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200}, {"HEAD", "/healthz", 200}, {"GET", "/nothing", 404}, {"POST", "/", 405},
	} {
		if status, _ := answer(each.method, each.path, builtFrom{}); status != each.status {
			t.Errorf("%s %s is answered with %d", each.method, each.path, status)
		}
	}
}
