// The console without this script: every page and form works, nothing moves by itself, and a token is put in by hand.
(() => {
  'use strict';

  // The token stands behind the address's `#`, which no server sees: it is sent once, and taken out of the history.
  const signIn = document.getElementById('sign-in');
  if (signIn) {
    const token = location.hash.slice(1);
    if (token) {
      history.replaceState(null, '', location.pathname);
      signIn.elements.token.value = decodeURIComponent(token);
      signIn.requestSubmit();
    }
    return;
  }

  const opened = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.closest('details');
    if (details) {
      details.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener('hashchange', opened);
  opened();

  // Parts that changed take the place of those that were there; what is open, chosen or scrolled to stays so.
  const seen = new Map();
  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    for (const part of fresh.querySelectorAll('[data-live][id]')) {
      const old = document.getElementById(part.id);
      if (!old || seen.get(part.id) === part.outerHTML) continue;
      if (!seen.has(part.id) && old.outerHTML === part.outerHTML) {
        seen.set(part.id, part.outerHTML);
        continue;
      }
      seen.set(part.id, part.outerHTML);
      const open = [...old.querySelectorAll('details[open][id]')].map((details) => details.id);
      const focused = old.contains(document.activeElement) ? document.activeElement.id || document.activeElement.closest('[id]').id : null;
      const scrolled = [...old.querySelectorAll('pre, .scroll')].map((box) => [box.scrollLeft, box.scrollTop]);
      const node = document.importNode(part, true);
      old.replaceWith(node);
      for (const id of open) {
        const details = document.getElementById(id);
        if (details) details.open = true;
      }
      [...node.querySelectorAll('pre, .scroll')].forEach((box, at) => {
        if (scrolled[at]) [box.scrollLeft, box.scrollTop] = scrolled[at];
      });
      const target = focused && document.getElementById(focused);
      if (target) (target.matches('details') ? target.querySelector('summary') : target).focus({preventScroll: true});
    }
  };

  // While a definition is written, what is wrong in it is told after a moment of rest.
  const editor = document.getElementById('editor');
  if (editor) {
    let timer;
    let last = 0;
    editor.elements.definition.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const turn = ++last;
        const body = new URLSearchParams(new FormData(editor));
        body.set('do', 'check');
        const answer = await fetch(editor.action, {method: 'POST', body}).catch(() => null);
        if (answer && answer.ok && turn === last) swap(await answer.text());
      }, 400);
    });
  }

  // A role's name and description that nobody has changed follow the service that the role is for.
  const entity = document.getElementById('entity');
  if (entity) {
    const fields = ['name', 'description'].map((id) => document.getElementById(id));
    let before = entity.selectedOptions[0];
    entity.addEventListener('change', () => {
      const now = entity.selectedOptions[0];
      for (const field of fields) if (field.value === before.dataset[field.id]) field.value = now.dataset[field.id];
      before = now;
    });
  }

  if (!document.body.hasAttribute('data-live')) return;

  // One stream a browser, for the tab that is looked at last; others ask from time to time, seldom while nothing changes.
  const connection = document.getElementById('connection');
  const say = (text) => {
    connection.hidden = !text;
    connection.textContent = text;
  };
  const page = location.pathname + location.search;
  const LEAST = 5000;
  const MOST = 60000;
  let source = null;
  let seenId = '';
  let timer = null;
  let pause = LEAST;

  const poll = async () => {
    const answer = await fetch(page, {cache: 'no-store'}).catch(() => null);
    if (answer && answer.ok) {
      const html = await answer.text();
      const main = new DOMParser().parseFromString(html, 'text/html').getElementById('main');
      const before = [...seen.values()].join();
      if (main) swap(main.innerHTML);
      pause = before === [...seen.values()].join() ? Math.min(pause * 2, MOST) : LEAST;
      say('');
    } else {
      say(answer ? 'This page is not there any more, or you are signed out. Load it again.' : 'The endpoint does not answer.');
      pause = MOST;
    }
    later();
  };
  const later = () => {
    clearTimeout(timer);
    timer = document.hidden ? null : setTimeout(poll, pause);
  };

  const stream = () => {
    clearTimeout(timer);
    if (source || document.hidden) return;
    source = new EventSource(`/_console/stream?page=${encodeURIComponent(page)}&seen=${seenId}`);
    source.addEventListener('page', (event) => {
      seenId = event.lastEventId;
      pause = LEAST;
      swap(JSON.parse(event.data));
      say('');
    });
    source.addEventListener('taken', () => {
      close();
      later();
    });
    source.addEventListener('gone', () => {
      close();
      say('This page is not there any more.');
    });
    source.onerror = () => {
      // Without an answer the browser tries again by itself; after a refusal it does not.
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        poll();
      } else {
        say('The endpoint does not answer.');
      }
    };
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      close();
      clearTimeout(timer);
    } else {
      stream();
    }
  });
  addEventListener('focus', stream);
  addEventListener('pagehide', close);
  stream();
})();
