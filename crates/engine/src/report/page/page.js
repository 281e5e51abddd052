(function () {
  "use strict";
  function make(name, text) { var it = document.createElement(name); it.textContent = text; return it; }
  // A link into something folded opens it.
  function open() {
    var id = decodeURIComponent(location.hash.slice(1)), at = id && document.getElementById(id);
    for (var it = at; it; it = it.parentElement) { if (it.tagName === "DETAILS") { it.open = true; } }
    if (at) { at.scrollIntoView(); }
  }
  addEventListener("hashchange", open);
  open();
  // Filter of the board and of the students' parts.
  var rows = Array.prototype.slice.call(document.querySelectorAll(".board tbody tr"));
  var parts = Array.prototype.slice.call(document.querySelectorAll("details.user"));
  var board = document.querySelector("#board .scroll");
  if (rows.length > 1 && board) {
    var tools = make("div", ""), label = make("label", "Students "), find = make("input", "");
    tools.className = "tools";
    find.type = "search";
    label.appendChild(find);
    var only = make("label", " not all passed"), box = make("input", "");
    box.type = "checkbox";
    only.insertBefore(box, only.firstChild);
    var count = make("span", "");
    count.setAttribute("role", "status");
    var filter = function () {
      var text = find.value.trim().toLowerCase(), shown = 0;
      rows.forEach(function (row, at) {
        var part = parts[at];
        var fits = row.cells[0].textContent.toLowerCase().indexOf(text) >= 0 ||
          (part && part.firstElementChild.textContent.toLowerCase().indexOf(text) >= 0);
        var open = !box.checked || !(part && part.classList.contains("whole"));
        row.hidden = !(fits && open);
        if (part) { part.hidden = row.hidden; }
        shown += row.hidden ? 0 : 1;
      });
      count.textContent = shown + " of " + rows.length + " shown";
    };
    find.addEventListener("input", filter);
    box.addEventListener("change", filter);
    [label, only, count].forEach(function (it) { tools.appendChild(it); });
    board.parentNode.insertBefore(tools, board);
  }
  // Rows and parts belong together, so the pairs are kept before anything is sorted.
  function key(row, column) {
    var text = row.cells[column].textContent.trim(), number = parseFloat(text);
    return isNaN(number) || /^[^\d-]/.test(text) ? text.toLowerCase() : number;
  }
  Array.prototype.forEach.call(document.querySelectorAll("table.board, table.sortable"), function (table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      if (head.querySelector("a")) { return; }
      var button = make("button", head.textContent);
      button.type = "button";
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending", body = table.tBodies[0];
        heads.forEach(function (it) { it.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var sorted = Array.prototype.slice.call(body.rows).map(function (row, at) { return [key(row, column), at, row]; });
        sorted.sort(function (one, other) {
          var a = one[0], b = other[0], order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
          return (down ? -order : order) || one[1] - other[1];
        });
        sorted.forEach(function (it) { body.appendChild(it[2]); });
      });
    });
  });
  // Fold and unfold all students.
  if (parts.length > 1) {
    var fold = make("div", "");
    fold.className = "tools";
    [["Unfold all", true], ["Fold all", false]].forEach(function (it) {
      var button = make("button", it[0]);
      button.type = "button";
      button.addEventListener("click", function () { parts.forEach(function (part) { part.open = it[1]; }); });
      fold.appendChild(button);
    });
    parts[0].parentNode.insertBefore(fold, parts[0]);
  }
})();
