package main

import "net/http"

type builtFrom struct{ Version, Revision string }

// answer says which request gets which answer. Pure: no sockets, no clock, no environment.
func answer(method, path string, built builtFrom) (int, map[string]any) {
	pages := map[string]map[string]any{
		"/":        {"message": "starter-service is here"},
		"/healthz": {"status": "ok"},
		"/version": {"service": "starter-service", "version": built.Version, "revision": built.Revision},
	}
	body, found := pages[path]
	if !found {
		return problem(http.StatusNotFound, "not-found", "there is nothing at "+path)
	}
	if method != http.MethodGet && method != http.MethodHead {
		return problem(http.StatusMethodNotAllowed, "method-not-allowed", method+" is not allowed here")
	}
	return http.StatusOK, body
}

func problem(status int, code, message string) (int, map[string]any) {
	return status, map[string]any{"error": map[string]any{"code": code, "message": message}}
}
