SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, presets: [SwaggerUIBundle.presets.apis] });
