document.title = "it runs";
