// Package admin mounts what browsers see: the JSON API, the console at /admin/, the users' app at /app/ and the page for guests at /g/<token>.
package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"plenum/admin/api"
	"plenum/admin/web"
)

// Mount puts API and pages on e.
func Mount(e *echo.Echo, a *api.API, files *web.Files) {
	a.Mount(e)
	show := func(method string, path string, h echo.HandlerFunc) {
		e.Add(method, path, h, pageHeaders)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		show(method, "/assets/*", echo.WrapHandler(http.HandlerFunc(files.Asset)))
		show(method, "/", to("/admin/"))
		show(method, "/admin", to("/admin/"))
		show(method, "/admin/*", func(c echo.Context) error { // the console knows its own addresses
			files.Page(c.Response(), c.Request(), web.Console, http.StatusOK)
			return nil
		})
		show(method, "/app", to("/app/"))
		show(method, "/app/*", func(c echo.Context) error { // so does the app
			files.Page(c.Response(), c.Request(), web.App, http.StatusOK)
			return nil
		})
		show(method, "/g/:token", func(c echo.Context) error {
			c.Response().Header().Set("X-Robots-Tag", "noindex")
			files.Page(c.Response(), c.Request(), web.Guest, a.GuestPage(c, c.Param("token")))
			return nil
		})
	}
}

func to(path string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, path) }
}

// pageHeaders keep other sites from holding a page in their hands, and pages from what they do not need.
func pageHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), fullscreen=(self), geolocation=(), payment=(), usb=()")
		return next(c)
	}
}
