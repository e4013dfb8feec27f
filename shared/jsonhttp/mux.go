package jsonhttp

import (
	"net/http"

	"github.com/zhida-project/zhida/shared/fault"
)

// Known serves what mux knows, and answers everything else with a fault that
// tells a wrong method from a wrong address.
func Known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		other := r.Clone(r.Context())
		for _, other.Method = range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			if _, pattern := mux.Handler(other); pattern != "" {
				Refuse(w, fault.New(fault.WrongMethod, "jsonhttp.Known", "use "+other.Method))
				return
			}
		}
		Refuse(w, fault.New(fault.NotFound, "jsonhttp.Known", "there is no such address"))
	})
}
