document.querySelectorAll('nav a').forEach(function(a){if(a.pathname===location.pathname)a.style.fontWeight='700'});
